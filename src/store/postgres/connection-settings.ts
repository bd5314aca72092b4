import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";

import { isLoopback, OubliError, word, type Word } from "#kernel";

/** What one URL says, in the driver's words. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  readonly ssl: false | ConnectionOptions;
}

const PARAMETERS = new Set(["host", "sslmode", "sslrootcert"]);

/**
 * Reads a `postgres://` URL. Beyond this machine the connection is encrypted and the server's
 * certificate checked, unless the URL itself says `sslmode=disable`.
 *
 * @throws {OubliError} `CONFIG_INVALID` with the part that was not accepted; never the URL, which
 *   holds a password.
 */
export function connectionSettings(text: string): ConnectionSettings {
  const url = URL.parse(text);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw refused(word("url"));
  const names = [...url.searchParams.keys()];
  // Each once: of two, the first would count here, and the last elsewhere.
  if (names.some((name, at) => !PARAMETERS.has(name) || names.indexOf(name) !== at)) {
    throw refused(word("parameter"), [...PARAMETERS] as Word[]);
  }
  const host = url.searchParams.get("host") ?? url.hostname.replaceAll(/^\[|\]$/g, "");
  const database = decoded(url.pathname.slice(1));
  if (host === "") throw refused(word("host"));
  if (database === "") throw refused(word("database"));
  return {
    host,
    port: url.port === "" ? 5432 : Number(url.port),
    database,
    user: decoded(url.username) || "postgres",
    ...(url.password === "" ? {} : { password: decoded(url.password) }),
    ssl: encryption(host, url.searchParams),
  };
}

function encryption(host: string, parameters: URLSearchParams): ConnectionSettings["ssl"] {
  const local = host.startsWith("/") || isLoopback(host);
  const mode = parameters.get("sslmode") ?? (local ? "disable" : "verify-full");
  const file = parameters.get("sslrootcert");
  const ca = file === null ? {} : { ca: readCertificate(file) };
  switch (mode) {
    case "disable":
      return false;
    // Encryption towards whoever answers protects from nobody on the way, so it is checked too.
    case "require":
    case "verify-full":
      return { rejectUnauthorized: true, ...ca };
    case "verify-ca":
      // Any name by any public authority would be anybody.
      if (file === null) throw refused(word("sslrootcert"));
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined, ...ca };
    default: {
      const accepted = ["disable", "require", "verify-ca", "verify-full"];
      throw refused(word("sslmode"), accepted as Word[]);
    }
  }
}

/** @throws {OubliError} `CONFIG_INVALID`: a `%` that stands for itself is written `%25`. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(word("url"));
  }
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new OubliError("CONFIG_INVALID", { field: word("store.sslrootcert") }, error);
  }
}

function refused(part: Word, accepted?: readonly Word[]): OubliError {
  const field = `store.${part}` as Word;
  return new OubliError("CONFIG_INVALID", accepted ? { field, accepted } : { field });
}
