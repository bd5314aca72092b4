import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import pg from "pg";

import { serverDatabase, type TestDatabase } from "../../../test/support/postgres.ts";
import { migrate } from "./migrate.ts";
import { schemaName } from "./schema.ts";
import { SCHEMAS } from "./schemas.ts";

const region = "eu";

/** What a key may begin with, and why it may: these decide where a row stands when it is spread. */
const LEADERS: Readonly<Record<string, string>> = {
  subject_id: "a person's rows stand together",
  log_id: "a log's rows stand together",
};

/** Small tables that are copied to every place, or rows that are nobody's. */
const ALONE: Readonly<Record<string, string>> = {
  migration: "one row a step",
  policy_state: "one row",
  applied: "one row",
  installation: "one row",
  replay_fence: "spread by its tag, which says nothing of whose it was",
  backup: "one row a backup",
  access_logs: "one row",
  epoch_key: "one row a week",
  tag_key: "one row a tenant",
  tally: "counts of a day, nobody's",
  tally_bound: "one row a day",
  tally_spent: "one row a day",
  case_file: "cases of the office; the audit schema stays whole",
  case_key: "spread by itself: a case outlives whom it is about, or is about nobody",
  lookup: "spread by itself: it is found before it is known whose it is",
};

interface Table {
  readonly schema: string;
  readonly table: string;
  readonly secured: boolean;
  readonly forced: boolean;
  readonly owner: string;
}

let place: TestDatabase;
let client: pg.Client;
async function rows<Row>(text: string): Promise<Row[]> {
  return (await client.query(text)).rows as Row[];
}

before(async () => {
  place = await serverDatabase();
  await migrate({ url: place.adminUrl, region, schemas: SCHEMAS, logins: [place.login] });
  client = new pg.Client({ connectionString: place.adminUrl });
  await client.connect();
});
after(async () => {
  await client.end();
  await place[Symbol.asyncDispose]();
});

const OURS = `nspname LIKE 'oubli\\_${region}\\_%'`;

const tables = () =>
  rows<Table>(`
    SELECT nspname AS schema, relname AS table, relrowsecurity AS secured,
      relforcerowsecurity AS forced, pg_get_userbyid(relowner) AS owner
    FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE ${OURS} AND relkind IN ('r', 'p')`);

/** Every unique key of every table, with its first column. */
const keys = () =>
  rows<{ table: string; key: string; leader: string }>(`
    SELECT t.relname AS table, i.relname AS key, a.attname AS leader
    FROM pg_index JOIN pg_class AS t ON t.oid = indrelid JOIN pg_class AS i ON i.oid = indexrelid
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = indkey[0]
    WHERE ${OURS} AND indisunique`);

const strange = (found: Awaited<ReturnType<typeof keys>>) =>
  found.filter(({ table, leader }) => !(leader in LEADERS) && !(table in ALONE));

describe("the schemas can be spread over many servers", () => {
  test("every unique key leads with the person or the log, or its table says why not", async () => {
    const found = await keys();
    assert.ok(found.length > 20);
    assert.deepEqual(strange(found), []);
  });

  test("no exception is for a table that is not there", async () => {
    const there = new Set((await tables()).map(({ table }) => table));
    assert.deepEqual(
      Object.keys(ALONE).filter((table) => !there.has(table)),
      [],
    );
  });

  test("the check bites: a key that leads with something else is found", async () => {
    const schema = schemaName(region, { name: "audit" });
    await client.query(`CREATE UNIQUE INDEX stray ON "${schema}".hold (hold_id, subject_id)`);
    const found = strange(await keys());
    await client.query(`DROP INDEX "${schema}".stray`);
    assert.deepEqual(found, [{ table: "hold", key: "stray", leader: "hold_id" }]);
  });

  test("no row points to another one's, and none is numbered by a sequence", async () => {
    const found = await rows(`
      SELECT relname AS name FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
      WHERE ${OURS} AND relkind = 'S'
      UNION ALL
      SELECT conname FROM pg_constraint JOIN pg_namespace AS n ON n.oid = connamespace
      WHERE ${OURS} AND contype = 'f'`);
    assert.deepEqual(found, []);
  });
});

describe("the application's roles", () => {
  test("own nothing", async () => {
    const found = await tables();
    assert.ok(found.length > 20);
    assert.deepEqual(
      found.filter(({ owner }) => owner.startsWith("oubli_eu_")),
      [],
    );
  });

  test("have rights in their own schema alone, and everybody else has none", async () => {
    const granted = await rows<{ schema: string; grantee: string }>(`
      SELECT DISTINCT table_schema AS schema, grantee FROM information_schema.role_table_grants
      WHERE table_schema LIKE 'oubli\\_${region}\\_%' AND grantee <> 'postgres'
        AND grantee <> current_user`);
    assert.equal(granted.length, SCHEMAS.length);
    for (const { schema, grantee } of granted) assert.equal(grantee, schema);
  });

  test("cannot log in, and are no superuser, nor above row-level security", async () => {
    const found = await rows<Record<string, boolean>>(`
      SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit
      FROM pg_roles WHERE rolname LIKE 'oubli\\_${region}\\_%'`);
    assert.ok(found.length >= SCHEMAS.length);
    for (const role of found) assert.deepEqual(Object.values(role).filter(Boolean), []);
  });
});

describe("row-level security", () => {
  test("is forced on every table that has a person's column", async () => {
    const personal = await rows<{ schema: string; table: string }>(`
      SELECT table_schema AS schema, table_name AS table FROM information_schema.columns
      WHERE table_schema LIKE 'oubli\\_${region}\\_%' AND column_name = 'subject_id'`);
    assert.ok(personal.length > 10);
    const all = await tables();
    for (const { schema, table } of personal) {
      const { secured, forced } = all.find((one) => one.schema === schema && one.table === table)!;
      assert.ok(secured && forced, `${schema}.${table}`);
    }
  });

  test("every table of a schema is named by the step that makes it", async () => {
    const known = SCHEMAS.flatMap(({ migrations }) =>
      migrations.flatMap((step) => Object.keys(step.tables)),
    );
    const made = new Set((await tables()).map(({ table }) => table));
    made.delete("migration");
    assert.deepEqual([...made].toSorted(), [...new Set(known)].toSorted());
  });
});
