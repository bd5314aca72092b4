import { ccpa, gdpr, hipaa, lgpd, sb243, type Pack, type RegionInput } from "#policy";

import { CliError } from "./cli-error.ts";
import type { Settings } from "./command.ts";

/** What a process is started with; a test gives its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every variable that is read, and what it says. docs/reference/configuration.md lists the same. */
export const VARIABLES = [
  "OUBLI_STORE",
  "OUBLI_STORE_MEMORY",
  "OUBLI_STORE_KEYS",
  "OUBLI_STORE_AUDIT",
  "OUBLI_STORE_NOTARY",
  "OUBLI_ADMIN",
  "OUBLI_LOGINS",
  "OUBLI_ROOT",
  "OUBLI_CONFIG",
  "OUBLI_REGION",
  "OUBLI_TENANT",
  "OUBLI_JURISDICTIONS",
  "OUBLI_PACKS",
  "OUBLI_HIPAA_COVERED",
  "OUBLI_HOSTS",
  "OUBLI_CONNECTIONS",
  "OUBLI_SWEEP_SECONDS",
] as const;

type Variable = (typeof VARIABLES)[number];

const PACKS: Readonly<Record<string, () => Pack>> = { gdpr, hipaa, ccpa, lgpd, sb243 };

/**
 * Fills in what no flag said. A value is never repeated in an error: it may hold a password.
 *
 * @throws {CliError} `USAGE` that names the variable.
 */
export function withEnvironment(flags: Settings, environment: Environment): Settings {
  const read = (name: Variable): string | null => environment[name]?.trim() || null;
  const named = flags.dir !== null || flags.store !== null;
  return {
    ...flags,
    store: named ? flags.store : storeIn(read),
    root: flags.root ?? read("OUBLI_ROOT"),
    config: flags.config ?? read("OUBLI_CONFIG"),
    region: flags.region ?? read("OUBLI_REGION"),
    tenant: flags.tenant ?? read("OUBLI_TENANT"),
    admin: read("OUBLI_ADMIN"),
    logins: listIn(read("OUBLI_LOGINS")),
    connectionsMax: numberIn("OUBLI_CONNECTIONS", read),
    sweepSeconds: numberIn("OUBLI_SWEEP_SECONDS", read),
    fresh: freshIn(read),
  };
}

type Read = (name: Variable) => string | null;

function storeIn(read: Read): Settings["store"] {
  const one = read("OUBLI_STORE");
  const notary = read("OUBLI_STORE_NOTARY");
  const [memory, keys, audit] = [
    read("OUBLI_STORE_MEMORY"),
    read("OUBLI_STORE_KEYS"),
    read("OUBLI_STORE_AUDIT"),
  ].map((own) => own ?? one);
  const isOne = [memory, keys, audit].every((url) => url === one) && notary === null;
  if (isOne) return one;
  if (!memory || !keys || !audit) {
    throw new CliError("USAGE", "OUBLI_STORE_MEMORY, _KEYS and _AUDIT are needed together");
  }
  return { memory, keys, audit, ...(notary === null ? {} : { notary }) };
}

/** What a store is made with; one that is there keeps what it has. */
function freshIn(read: Read): Settings["fresh"] {
  const packs = listIn(read("OUBLI_PACKS")).map((name) => {
    if (Object.hasOwn(PACKS, name)) return PACKS[name]!();
    throw new CliError("USAGE", `OUBLI_PACKS takes ${Object.keys(PACKS).join(", ")}`);
  });
  const jurisdictions = listIn(read("OUBLI_JURISDICTIONS"));
  const covered = flagIn("OUBLI_HIPAA_COVERED", read);
  const hosts = read("OUBLI_HOSTS");
  if (hosts !== null && hosts !== "self") {
    throw new CliError("USAGE", "OUBLI_HOSTS takes self; others are named in a configuration");
  }
  return {
    ...(packs.length === 0 ? {} : { packs }),
    jurisdictions: jurisdictions.length === 0 ? ["*"] : jurisdictions,
    ...(covered === null ? {} : { hipaaCovered: covered }),
    ...(hosts === null ? {} : { hosts: OWN_HOSTS }),
  };
}

const OWN_HOSTS: NonNullable<RegionInput["hosts"]> = {
  memory: "self",
  keys: "self",
  audit: "self",
  root: "self",
  backup: "self",
};

function listIn(text: string | null): readonly string[] {
  return (text ?? "").split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
}

function flagIn(name: Variable, read: Read): boolean | null {
  const text = read(name);
  if (text === null || text === "true" || text === "false")
    return text === null ? null : text === "true";
  throw new CliError("USAGE", `${name} takes true or false`);
}

function numberIn(name: Variable, read: Read): number | null {
  const text = read(name);
  if (text === null) return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new CliError("USAGE", `${name} takes a whole number`);
  return Number(text);
}
