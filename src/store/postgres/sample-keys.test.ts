/** Key stores over a database of their own, for the tests of this engine. */
import pg from "pg";

import { testDatabase } from "../../../test/support/postgres.ts";
import { makeSchemas } from "../../../test/support/schemas.ts";
import { openDatabase } from "./database.ts";
import { keySchema } from "./key-schema.ts";
import { openKeyStore } from "./key-store.ts";
import { quoteName, schemaName } from "./schema.ts";
import { SCHEMAS } from "./schemas.ts";

/** A database, in which each region is an empty store. */
export async function sampleKeys() {
  const place = await testDatabase();
  const opened: { close(): Promise<void> }[] = [];
  let regions = 0;
  const keep = <Closes extends { close(): Promise<void> }>(one: Closes): Closes => {
    opened.push(one);
    return one;
  };
  return {
    async region(schemas: typeof SCHEMAS | readonly [typeof keySchema] = [keySchema]) {
      const region = `keys-${(regions += 1)}`;
      await makeSchemas(place, region, schemas);
      const schema = quoteName(schemaName(region, keySchema));
      const where = { url: place.url, region };
      const admin = () => connected(place.adminUrl, `SET search_path TO ${schema}`);
      return {
        region,
        schema,
        store: async () => keep(await openKeyStore(where)),
        database: async () => keep(await openDatabase({ ...where, schema: keySchema })),
        /** A session of the application's login, in the role of this or another schema. */
        session: (role = schema) =>
          connected(place.url, `SET ROLE ${role}; SET search_path TO ${schema}`),
        /** As a database administrator: row-level security does not hold one back. */
        admin,
        /** Copies the keys as they are now, and answers what puts the missing back. */
        copyKeys: async () => {
          const client = await admin();
          for (const name of ["subject_key", "node_key"]) {
            await client.query(`CREATE TEMP TABLE old_${name} AS SELECT * FROM ${name}`);
          }
          return async () => {
            for (const name of ["subject_key", "node_key"]) {
              const old = `SELECT * FROM old_${name}`;
              await client.query(`INSERT INTO ${name} ${old} ON CONFLICT DO NOTHING`);
            }
          };
        },
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

export type SampleRegion = Awaited<ReturnType<Awaited<ReturnType<typeof sampleKeys>>["region"]>>;
