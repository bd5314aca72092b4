import { cpSync } from "node:fs";
import { join } from "node:path";

import type { Stores } from "#engine";
import { fileRootProvider } from "#keys";
import pg from "pg";

import { administer } from "../../support/postgres.ts";
import type { Life } from "./dying.ts";
import { openGround, type Ground } from "./ground.ts";
import { closeStores, movableClock, newFolder, REGION, removeFolder } from "./region.ts";

/** A region on a server as it once was, given out again and again. */
export interface SavedRegion extends AsyncDisposable {
  /** Puts everything back; what was given out before is over. */
  again(): Promise<Life>;
}

/** What the schemas of a region hold now. Copies are dear on a server: rows are put back instead. */
export async function saveRegion(
  ground: Ground & { readonly adminUrl: string },
  now: number,
): Promise<SavedRegion> {
  const tables = await savedTables(ground.adminUrl, `oubli\\_${REGION}\\_%`);
  await administer(
    ground.adminUrl,
    "CREATE SCHEMA saved",
    ...tables.map((table, at) => `CREATE TABLE saved.t${at} AS TABLE ${table}`),
  );
  const putBack = tables.map(
    (table, at) => `DELETE FROM ${table}; INSERT INTO ${table} TABLE saved.t${at};`,
  );
  const roots: string[] = [];
  // Its connections outlive each process that a test lets die: the server's view of that is
  // another proof's.
  const stores: Stores = await openGround(ground, movableClock(now));
  return {
    async again() {
      await administer(ground.adminUrl, putBack.join("\n"));
      const clock = movableClock(now);
      const folder = newFolder();
      roots.push(folder);
      cpSync(join(ground.folder, "root"), folder, { recursive: true });
      const root = fileRootProvider({ folder, region: REGION, clock });
      return { clock, open: async () => ({ ...stores, root }), close: async () => {} };
    },
    async [Symbol.asyncDispose]() {
      await closeStores(stores);
      roots.forEach(removeFolder);
    },
  };
}

/** The tables of schemas whose name is like this, but for the list of their steps. */
export async function savedTables(url: string, like: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname LIKE $1 AND tablename <> 'migration'`,
    [like],
  );
  await client.end();
  return (rows as { name: string }[]).map(({ name }) => name);
}
