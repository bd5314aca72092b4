import type { Engine } from "./engine.ts";
import { mysqlEngine } from "./mysql/engine.ts";
import { postgresEngine } from "./postgres/engine.ts";
import { parseServer } from "./server.ts";
import { sqliteEngine } from "./sqlite/engine.ts";

export const URL_ACCEPTED =
  "sqlite: and a file, or a postgres:// | mysql:// | mariadb:// URL, of parameters sslmode alone";

/** The engine of an address; `null`: it is none that is known. Nothing is opened yet. */
export function engineOf(url: string, ca: string | null): Engine | null {
  if (url.startsWith("sqlite:")) {
    const file = url.slice("sqlite:".length);
    return file === "" || file.includes("\0") ? null : sqliteEngine(file);
  }
  const server = parseServer(url, ca);
  if (server === null) return null;
  return server.protocol === "postgres" ? postgresEngine(server) : mysqlEngine(server);
}
