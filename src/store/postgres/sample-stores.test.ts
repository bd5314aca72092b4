/** Stores over a database of their own, for the tests of this engine. */
import pg from "pg";

import { testDatabase } from "../../../test/support/postgres.ts";
import { makeSchemas } from "../../../test/support/schemas.ts";
import { openDatabase } from "./database.ts";
import { keySchema } from "./key-schema.ts";
import { openKeyStore } from "./key-store.ts";
import { memorySchema } from "./memory-schema.ts";
import { openMemoryStore } from "./memory-store.ts";
import { quoteName, schemaName, type Schema } from "./schema.ts";

interface Closes {
  close(): Promise<void>;
}

interface Where {
  readonly url: string;
  readonly region: string;
}

export const sampleKeys = () => samples(keySchema, openKeyStore);
export const sampleMemory = () => samples(memorySchema, openMemoryStore);

export type SampleKeys = Sample<typeof sampleKeys>;
export type SampleMemory = Sample<typeof sampleMemory>;
type Sample<Make extends () => Promise<{ region(): Promise<unknown> }>> = Awaited<
  ReturnType<Awaited<ReturnType<Make>>["region"]>
>;

/** A database, in which each region is an empty store. */
async function samples<Store extends Closes>(own: Schema, open: (at: Where) => Promise<Store>) {
  const place = await testDatabase();
  const opened: Closes[] = [];
  let regions = 0;
  const keep = <One extends Closes>(one: One): One => {
    opened.push(one);
    return one;
  };
  return {
    async region(schemas: readonly Schema[] = [own]) {
      const region = `${own.name}-${(regions += 1)}`;
      await makeSchemas(place, region, schemas);
      const schema = quoteName(schemaName(region, own));
      const where = { url: place.url, region };
      return {
        region,
        schema,
        store: async () => keep(await open(where)),
        database: async () => keep(await openDatabase({ ...where, schema: own })),
        /** A session of the application's login, in the role of this or another schema. */
        session: (role = schema) =>
          connected(place.url, `SET ROLE ${role}; SET search_path TO ${schema}`),
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

/** Copies the keys as they are now, and answers what puts the missing back. */
export async function copyKeys({ admin }: Pick<SampleKeys, "admin">) {
  const client = await admin();
  for (const name of ["subject_key", "node_key"]) {
    await client.query(`CREATE TEMP TABLE old_${name} AS SELECT * FROM ${name}`);
  }
  return async () => {
    for (const name of ["subject_key", "node_key"]) {
      await client.query(`INSERT INTO ${name} SELECT * FROM old_${name} ON CONFLICT DO NOTHING`);
    }
  };
}
