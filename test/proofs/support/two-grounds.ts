import { cpSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { closeStores, openPlace, openStores, type Stores } from "#engine";
import { fileRootProvider } from "#keys";
import pg from "pg";

import { administer, testDatabase } from "../../support/postgres.ts";
import { makeSchemas } from "../../support/schemas.ts";
import type { Engine } from "./ground.ts";
import { copyFolder, movableClock, newFolder, removeFolder, type MovableClock } from "./region.ts";
import { savedTables } from "./saved-server.ts";

export const REGIONS = ["eu", "us"] as const;
export type RegionName = (typeof REGIONS)[number];

type Table = "node" | "node_key" | "subject_key";

/** Two regions, as one process after another finds them. */
export interface Life {
  readonly clock: MovableClock;
  /** Of both regions' roots, and on files of their databases. */
  readonly folder: string;
  open(name: RegionName): Promise<Stores>;
  close(stores: Stores): Promise<void>;
  count(name: RegionName, of: Table): Promise<number>;
  end(): void;
}

/** Two regions as they once were, given out again and again; on a server one at a time. */
export interface Frozen extends AsyncDisposable {
  again(): Promise<Life>;
}

export interface TwoGrounds extends AsyncDisposable {
  born(clock: MovableClock): Promise<Life>;
  freeze(life: Life): Promise<Frozen>;
}

export function twoGrounds(engine: Engine): Promise<TwoGrounds> {
  return engine === "sqlite" ? Promise.resolve(onFiles) : onServer();
}

const placeIn = (folder: string, name: RegionName) => ({
  data: join(folder, name, "data"),
  root: join(folder, name, "root"),
});

/** Both regions of a folder. */
export function lifeIn(folder: string, clock: MovableClock): Life {
  return {
    clock,
    folder,
    open: async (name) => openStores(placeIn(folder, name), name, clock),
    close: closeStores,
    async count(name, of) {
      const file = join(placeIn(folder, name).data, of === "node" ? "memory.db" : "keys.db");
      using sql = new DatabaseSync(file);
      return Number(sql.prepare(`SELECT count(*) AS n FROM ${of}`).get()!["n"]);
    },
    end: () => removeFolder(folder),
  };
}

const onFiles: TwoGrounds = {
  born: async (clock) => lifeIn(newFolder(), clock),
  async freeze({ folder, clock }) {
    const kept = copyFolder(folder);
    const now = clock.now();
    return {
      again: async () => lifeIn(copyFolder(kept), movableClock(now)),
      [Symbol.asyncDispose]: async () => removeFolder(kept),
    };
  },
  [Symbol.asyncDispose]: async () => {},
};

async function onServer(): Promise<TwoGrounds> {
  const database = await testDatabase();
  const { adminUrl, url } = database;
  for (const region of REGIONS) await makeSchemas(database, region);
  const roots: string[] = [];
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const store = { memory: url, keys: url, audit: url, notary: url };
  const shared = new Map<RegionName, Stores>();
  let frozen = 0;

  /** Its connections outlive each process that a test lets die. */
  async function open(name: RegionName, folder: string, clock: MovableClock): Promise<Stores> {
    const place = { store, root: join(folder, name, "root") };
    const options = { region: name, clock, connectionsMax: 2 };
    if (!shared.has(name)) shared.set(name, await openPlace(place, options));
    const root = fileRootProvider({ folder: place.root, region: name, clock });
    return { ...shared.get(name)!, root };
  }

  const lifeAt = (folder: string, clock: MovableClock): Life => ({
    clock,
    folder,
    open: (name) => open(name, folder, clock),
    close: async () => {},
    async count(name, of) {
      const table = `oubli_${name}_${of === "node" ? "memory" : "keys"}.${of}`;
      const { rows } = await client.query(`SELECT count(*)::int AS n FROM ${table}`);
      return (rows as { n: number }[])[0]!.n;
    },
    end: () => {},
  });
  const rootsIn = (): string => {
    const folder = newFolder();
    roots.push(folder);
    return folder;
  };

  return {
    born: async (clock) => lifeAt(rootsIn(), clock),
    async freeze({ folder, clock }) {
      const tables = await savedTables(adminUrl, "oubli\\_%");
      const saved = `saved_${(frozen += 1)}`;
      const now = clock.now();
      const kept = copyFolder(folder);
      roots.push(kept);
      await administer(
        adminUrl,
        `CREATE SCHEMA ${saved}`,
        ...tables.map((table, at) => `CREATE TABLE ${saved}.t${at} AS TABLE ${table}`),
      );
      const putBack = tables.map(
        (table, at) => `DELETE FROM ${table}; INSERT INTO ${table} TABLE ${saved}.t${at};`,
      );
      return {
        async again() {
          await administer(adminUrl, putBack.join("\n"));
          const own = rootsIn();
          cpSync(kept, own, { recursive: true });
          return lifeAt(own, movableClock(now));
        },
        [Symbol.asyncDispose]: () => administer(adminUrl, `DROP SCHEMA ${saved} CASCADE`),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const stores of shared.values()) await closeStores(stores);
      await client.end();
      await database[Symbol.asyncDispose]();
      roots.forEach(removeFolder);
    },
  };
}
