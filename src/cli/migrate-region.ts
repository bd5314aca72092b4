import { isOnFiles, urlsOf } from "#engine";
import type { Region } from "#policy";
import { postgres } from "#store";

import { CliError } from "./cli-error.ts";

export interface MigrateRegion {
  readonly region: string;
  /** `null`: the store's own addresses are an administrator's. */
  readonly admin: string | null;
  /** None: the user of each address. */
  readonly logins: readonly string[];
  readonly dryRun: boolean;
}

/** Makes the schemas of one region, each in the database that its address names. */
export async function migrateRegion(
  store: Region["store"],
  { region, admin, logins, dryRun }: MigrateRegion,
): Promise<readonly postgres.Migrated[]> {
  if (isOnFiles(store)) {
    throw new CliError("USAGE", "this store is files, which need no migration; see --store");
  }
  const done: postgres.Migrated[] = [];
  for (const { schema, url, adminUrl } of addressesOf(store, admin)) {
    const made = await postgres.migrate({
      url: adminUrl,
      region,
      schemas: [schema],
      logins: logins.length > 0 ? logins : [userOf(url)],
      dryRun,
    });
    done.push(...made);
  }
  return done;
}

/** Each schema that is on a server, with the application's address of it and an administrator's. */
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

function userOf(url: string): string {
  return decodeURIComponent(parse(url).username) || "postgres";
}

function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null) throw new CliError("USAGE", "--admin takes a postgres:// address");
  return parsed;
}
