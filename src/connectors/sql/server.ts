import { isLoopback } from "#kernel";

/** Where a database server is, and how its connection is guarded. */
export interface ServerAddress {
  readonly protocol: "postgres" | "mysql";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `null`: in the clear. */
  readonly tls: { readonly ca?: string; readonly rejectUnauthorized: true } | null;
}

const PROTOCOLS: Readonly<Record<string, readonly ["postgres" | "mysql", number]>> = {
  "postgres:": ["postgres", 5432],
  "postgresql:": ["postgres", 5432],
  "mysql:": ["mysql", 3306],
  "mariadb:": ["mysql", 3306],
};

/**
 * Beyond this machine a connection is encrypted and its server proves who it is, unless the address
 * says `sslmode=disable`: drivers would ask for neither.
 */
export function parseServer(address: string, ca: string | null): ServerAddress | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const known = PROTOCOLS[url.protocol];
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (known === undefined || host === "") return null;
  const [protocol, port] = known;
  const mode = sslMode(url.searchParams);
  if (mode === null) return null;
  const guarded = mode === "default" ? ca !== null || !isLoopback(host) : mode === "on";
  try {
    return {
      protocol,
      host,
      port: url.port === "" ? port : Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      tls: guarded ? { ...(ca !== null && { ca }), rejectUnauthorized: true } : null,
    };
  } catch {
    return null; // A broken escape.
  }
}

function sslMode(parameters: URLSearchParams): "default" | "on" | "off" | null {
  const names = [...parameters.keys()];
  if (names.length === 0) return "default";
  if (names.length > 1 || names[0] !== "sslmode") return null;
  const mode = parameters.get("sslmode");
  if (mode === "disable") return "off";
  return mode === "verify-full" || mode === "require" ? "on" : null;
}
