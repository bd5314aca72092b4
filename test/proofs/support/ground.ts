import { join } from "node:path";

import { openPlace, type Stores, type StoreUrls } from "#engine";
import type { EpochMs } from "#kernel";

import { testDatabase, type PostgresServer } from "../../support/postgres.ts";
import { makeSchemas } from "../../support/schemas.ts";
import { newFolder, REGION, removeFolder } from "./region.ts";

/** What a region's databases are on. */
export const ENGINES = ["sqlite", "postgres"] as const;
export type Engine = (typeof ENGINES)[number];

/** Where a region's stores are. It can be told to another process. */
export interface Ground {
  /** Of the root and whatever a proof keeps; on files, of the databases as well. */
  readonly folder: string;
  /** The application's, on a server; `null` on files. */
  readonly store: string | StoreUrls | null;
}

/** Connections at most of one process to each of its databases. */
const CONNECTIONS_MAX = 4;

/** A region of one's own, that is gone when it is disposed of. */
export async function newGround(
  engine: Engine,
  server?: PostgresServer,
  { notary = "file" }: { readonly notary?: "file" | "server" } = {},
): Promise<Ground & AsyncDisposable & { readonly adminUrl: string }> {
  const folder = newFolder();
  if (engine === "sqlite") {
    const remove = async (): Promise<void> => removeFolder(folder);
    return { folder, store: null, adminUrl: "", [Symbol.asyncDispose]: remove };
  }
  const database = await testDatabase(server);
  const { adminUrl, url } = database;
  await makeSchemas(database, REGION);
  return {
    folder,
    store: notary === "file" ? url : { memory: url, keys: url, audit: url, notary: url },
    adminUrl,
    async [Symbol.asyncDispose]() {
      removeFolder(folder);
      // One's own server goes with all that is on it.
      if (!server) await database[Symbol.asyncDispose]();
    },
  };
}

export function openGround({ folder, store }: Ground, clock: { now(): EpochMs }): Promise<Stores> {
  const place = { store: store ?? `sqlite:${join(folder, "data")}`, root: join(folder, "root") };
  return openPlace(place, { region: REGION, clock, connectionsMax: CONNECTIONS_MAX });
}
