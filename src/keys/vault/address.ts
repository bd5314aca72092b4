import { OubliError, safeUrl, word } from "#kernel";

/** Where the transit engine of a Vault is. Holds no secret. */
export interface VaultAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path that the engine is mounted at: `transit`. */
  readonly mount: string;
  readonly namespace: string | null;
  /** A file of certificates in PEM. */
  readonly ca: string | null;
  /** A file that holds the token, such as the sink of Vault's agent. */
  readonly tokenFile: string | null;
  /** How long the longest-kept snapshot of this Vault's storage lives: 0 to 3660. */
  readonly snapshotDays: number;
  /** The folder of the notary, which a key service cannot hold. */
  readonly folder: string | null;
}

const SCHEME = "vault:";
const PARAMETERS = new Set(["namespace", "ca", "token-file", "snapshot-days", "folder"]);
const MOUNT_SHAPE = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const DAYS_SHAPE = /^(0|[1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-5][0-9]|3660)$/;

/** Whether a configured root names a Vault rather than a folder. */
export function isVaultRoot(root: string): boolean {
  return root.startsWith(SCHEME);
}

/**
 * Reads `vault:https://host:8200/transit?namespace=…&ca=…&token-file=…&snapshot-days=…&folder=…`.
 *
 * @throws {OubliError} `CONFIG_INVALID`; also for a host other than this machine without TLS, and
 *   for a password in the address, which would end in logs.
 */
export function vaultAddress(root: string): VaultAddress {
  const url = safeUrl(root.slice(SCHEME.length));
  const mount = url?.pathname.slice(1) ?? "";
  if (!isVaultRoot(root) || url === null || !MOUNT_SHAPE.test(mount)) throw refused();

  const parameters = [...url.searchParams];
  const names = parameters.map(([name]) => name);
  const isKnown = parameters.every(([name, value]) => PARAMETERS.has(name) && value !== "");
  if (!isKnown || new Set(names).size !== names.length) throw refused();
  const days = url.searchParams.get("snapshot-days") ?? "0";
  if (!DAYS_SHAPE.test(days)) throw refused();
  return {
    origin: url.origin,
    mount,
    namespace: url.searchParams.get("namespace"),
    ca: url.searchParams.get("ca"),
    tokenFile: url.searchParams.get("token-file"),
    snapshotDays: Number(days),
    folder: url.searchParams.get("folder"),
  };
}

/** What was given is not repeated: somebody may have put a token into it. */
function refused(): OubliError {
  return new OubliError("CONFIG_INVALID", {
    field: word("root"),
    accepted: [
      word("vault:https://host:8200/transit"),
      word("http only for localhost"),
      word("after a ? any of namespace, ca, token-file, snapshot-days, folder"),
    ],
  });
}
