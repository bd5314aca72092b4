import { OubliError, word } from "#kernel";
import type { Region } from "#policy";
import { postgres } from "#store";

import { urlsOf } from "./open-place.ts";

/**
 * Each schema that is on a server, with the application's address of it and an administrator's.
 *
 * @param admin `null`: the store's own addresses are an administrator's.
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function addressesOf(store: Region["store"], admin: string | null) {
  const urls = urlsOf(store);
  const isOneServer = new Set(Object.values(urls).map((url: string) => hostOf(url))).size === 1;
  return postgres.SCHEMAS.flatMap((schema) => {
    const url = urls[schema.name];
    if (url === undefined) return [];
    return [{ schema, url, adminUrl: admin === null ? url : addressOf(admin, url, isOneServer) }];
  });
}

/** The administrator, at the database that the store's own address names. */
function addressOf(admin: string, url: string, isOneServer: boolean): string {
  const [who, where] = [parse(admin), parse(url)];
  if (isOneServer) {
    who.pathname = where.pathname;
    return who.href;
  }
  where.username = who.username;
  where.password = who.password;
  return where.href;
}

function hostOf(url: string): string {
  const { host, searchParams } = parse(url);
  return searchParams.get("host") ?? host;
}

function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null) throw new OubliError("CONFIG_INVALID", { field: word("admin") });
  return parsed;
}
