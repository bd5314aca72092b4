import { addressesOf, isOnFiles } from "#engine";
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

function userOf(url: string): string {
  return decodeURIComponent(URL.parse(url)?.username ?? "") || "postgres";
}
