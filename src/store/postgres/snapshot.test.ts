import assert from "node:assert/strict";
import { test } from "node:test";

import pg from "pg";

import { testDatabase } from "../../../test/support/postgres.ts";
import { migrate } from "./migrate.ts";
import { schemaName, tablesOf } from "./schema.ts";
import { COPIED } from "./snapshot.ts";

test("a snapshot takes every table that a migrated schema has", async () => {
  await using database = await testDatabase();
  const { adminUrl: url, login } = database;
  const schemas = Object.values(COPIED);
  await migrate({ url, region: "eu", schemas, logins: [login] });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const schema of schemas) {
      const text =
        "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'";
      const { rows } = await client.query(text, [schemaName("eu", schema)]);
      const found = (rows as { relname: string }[]).map(({ relname }) => relname);
      assert.deepEqual(tablesOf(schema).toSorted(), found.toSorted(), schema.name);
    }
  } finally {
    await client.end();
  }
});
