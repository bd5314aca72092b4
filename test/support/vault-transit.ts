import { createHmac, randomBytes } from "node:crypto";

/** What an engine answers: a status, and `data`, or `errors`. */
export interface Reply {
  readonly status: number;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
}

export interface TransitKey {
  /** The HMAC keys by version, from 1; each version of an AES key has one of its own. */
  readonly versions: Buffer[];
  minDecryptionVersion: number;
  minEncryptionVersion: number;
  deletionAllowed: boolean;
  exportable: boolean;
  allowPlaintextBackup: boolean;
}

type Body = Readonly<Record<string, unknown>>;

const NAME = String.raw`\w(?:[\w.-]*\w)?`;
const refusal = (text: string): Reply => ({ status: 400, errors: [text] });
const NOTHING: Reply = { status: 404, errors: [] };

/**
 * The part of Vault's transit engine that has to do with making, using and deleting a key, with
 * its status codes and its texts.
 *
 * @source hashicorp/vault and openbao/openbao, `builtin/logical/transit`: `path_keys.go`,
 *   `path_keys_config.go`, `path_hmac.go`, `path_rotate.go`
 */
export function transitEngine(keys: Map<string, TransitKey>) {
  const routes: readonly [RegExp, Record<string, (name: string, body: Body) => Reply>][] = [
    [/^keys\/?()$/, { LIST: () => list(keys) }],
    [
      new RegExp(`^keys/(${NAME})$`),
      {
        POST: (name, body) => create(keys, name, body),
        GET: (name) => read(name, keys.get(name)),
        DELETE: (name) => remove(keys, name),
      },
    ],
    [
      new RegExp(`^keys/(${NAME})/config$`),
      { POST: (name, body) => configure(name, keys.get(name), body) },
    ],
    [new RegExp(`^keys/(${NAME})/rotate$`), { POST: (name) => rotate(name, keys.get(name)) }],
    [new RegExp(`^hmac/(${NAME})$`), { POST: (name, body) => hmac(keys.get(name), body) }],
  ];
  return (method: string, path: string, body: Body): Reply => {
    for (const [pattern, methods] of routes) {
      const match = pattern.exec(path);
      if (match === null) continue;
      const act = methods[method];
      return act === undefined
        ? { status: 405, errors: ["1 error occurred:\n\t* unsupported operation\n\n"] }
        : act(match[1]!, body);
    }
    return { status: 404, errors: ["1 error occurred:\n\t* unsupported path\n\n"] };
  };
}

function list(keys: Map<string, TransitKey>): Reply {
  const names = [...keys.keys()].toSorted();
  return names.length === 0 ? NOTHING : { status: 200, data: { keys: names } };
}

function create(keys: Map<string, TransitKey>, name: string, body: Body): Reply {
  const found = keys.get(name);
  if (found !== undefined) {
    return { ...read(name, found), warnings: [`key ${name} already existed`] };
  }
  const type = body["type"] ?? "aes256-gcm96";
  if (type !== "aes256-gcm96") return refusal(`unknown key type ${String(type)}`);
  keys.set(name, {
    versions: [randomBytes(32)],
    minDecryptionVersion: 1,
    minEncryptionVersion: 0,
    deletionAllowed: false,
    exportable: body["exportable"] === true,
    allowPlaintextBackup: body["allow_plaintext_backup"] === true,
  });
  return read(name, keys.get(name));
}

function read(name: string, key: TransitKey | undefined): Reply {
  if (key === undefined) return NOTHING;
  const data = {
    name,
    type: "aes256-gcm96",
    derived: false,
    deletion_allowed: key.deletionAllowed,
    exportable: key.exportable,
    allow_plaintext_backup: key.allowPlaintextBackup,
    imported_key: false,
    min_available_version: 0,
    min_decryption_version: key.minDecryptionVersion,
    min_encryption_version: key.minEncryptionVersion,
    latest_version: key.versions.length,
    supports_encryption: true,
    supports_decryption: true,
    supports_derivation: true,
    supports_signing: false,
    auto_rotate_period: 0,
    keys: Object.fromEntries(key.versions.map((_, at) => [String(at + 1), 1_800_000_000])),
  };
  return { status: 200, data };
}

function configure(name: string, key: TransitKey | undefined, body: Body): Reply {
  if (key === undefined) return refusal(`no existing key named ${name} could be found`);
  const latest = key.versions.length;
  const decryption = Number(body["min_decryption_version"] ?? key.minDecryptionVersion);
  const encryption = Number(body["min_encryption_version"] ?? key.minEncryptionVersion);
  if (decryption > latest) {
    return refusal(
      `cannot set min decryption version of ${decryption}, latest key version is ${latest}`,
    );
  }
  if (encryption > latest) {
    return refusal(
      `cannot set min encryption version of ${encryption}, latest key version is ${latest}`,
    );
  }
  if (encryption > 0 && encryption < decryption) {
    return refusal("cannot set min encryption/decryption values");
  }
  key.minDecryptionVersion = decryption;
  key.minEncryptionVersion = encryption;
  if (typeof body["deletion_allowed"] === "boolean") key.deletionAllowed = body["deletion_allowed"];
  // Once set, these cannot be disabled.
  key.exportable ||= body["exportable"] === true;
  key.allowPlaintextBackup ||= body["allow_plaintext_backup"] === true;
  return read(name, key);
}

function rotate(name: string, key: TransitKey | undefined): Reply {
  if (key === undefined) return refusal("key not found");
  key.versions.push(randomBytes(32));
  return read(name, key);
}

function remove(keys: Map<string, TransitKey>, name: string): Reply {
  const key = keys.get(name);
  if (key === undefined) {
    return refusal(`error deleting policy ${name}: could not delete key; not found`);
  }
  if (!key.deletionAllowed) {
    return refusal(`error deleting policy ${name}: deletion is not allowed for this key`);
  }
  keys.delete(name);
  return { status: 204 };
}

function hmac(key: TransitKey | undefined, body: Body): Reply {
  if (key === undefined) return refusal("encryption key not found");
  const latest = key.versions.length;
  const asked = Number(body["key_version"] ?? 0);
  const version = asked === 0 ? latest : asked;
  if (version > latest) {
    return refusal(`key version does not exist; latest key version is ${latest}`);
  }
  if (version !== latest && version < key.minEncryptionVersion) {
    return refusal("cannot generate HMAC: version is too old (disallowed by policy)");
  }
  const { input } = body;
  if (typeof input !== "string") return refusal("missing input for HMAC");
  if ((body["algorithm"] ?? "sha2-256") !== "sha2-256") return refusal("unsupported algorithm");
  const sum = createHmac("sha256", key.versions[version - 1]!).update(input, "base64");
  return { status: 200, data: { hmac: `vault:v${version}:${sum.digest("base64")}` } };
}
