/** Memory stores over a database of their own, for the tests of this engine. */
import pg from "pg";

import { testDatabase } from "../../../test/support/postgres.ts";
import { makeSchemas } from "../../../test/support/schemas.ts";
import { openDatabase } from "./database.ts";
import { memorySchema } from "./memory-schema.ts";
import { openMemoryStore } from "./memory-store.ts";
import { quoteName, schemaName } from "./schema.ts";

const schemas = [memorySchema];

/** A database, in which each region is an empty store. */
export async function sampleMemory() {
  const place = await testDatabase();
  const opened: { close(): Promise<void> }[] = [];
  let regions = 0;
  const keep = <Closes extends { close(): Promise<void> }>(one: Closes): Closes => {
    opened.push(one);
    return one;
  };
  return {
    async region() {
      const region = `memory-${(regions += 1)}`;
      await makeSchemas(place, region, schemas);
      const schema = quoteName(schemaName(region, memorySchema));
      const where = { url: place.url, region };
      return {
        schema,
        store: async () => keep(await openMemoryStore(where)),
        database: async () => keep(await openDatabase({ ...where, schema: memorySchema })),
        /** A session of the application's login, in the application's role. */
        session: () => connected(place.url, `SET ROLE ${schema}; SET search_path TO ${schema}`),
        /** As a database administrator: row-level security does not hold one back. */
        admin: () => connected(place.adminUrl, `SET search_path TO ${schema}`),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened.reverse()) await one.close();
      await place[Symbol.asyncDispose]();
    },
  };

  async function connected(url: string, first: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    keep({ close: () => client.end() });
    await client.query(first);
    return client;
  }
}

export type SampleRegion = Awaited<ReturnType<Awaited<ReturnType<typeof sampleMemory>>["region"]>>;
