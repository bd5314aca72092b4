import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { randomIds, word, type SubjectId } from "#kernel";
import type { MemoryStore } from "#memory";
import type { Client } from "pg";

import {
  ada,
  ALL_KINDS,
  ben,
  bytes,
  derive,
  LATER,
  NOTHING,
  NOW,
  of,
  put,
  row,
  under,
} from "../conformance/memory-samples.ts";
import { ON_CLUSTER } from "../../../test/support/cluster.ts";
import { memoryStoreRules } from "../conformance/memory-store-rules.ts";
import { memorySchema, SUBJECT_TABLES } from "./memory-schema.ts";
import { sampleMemory } from "./sample-stores.test.ts";

let place: Awaited<ReturnType<typeof sampleMemory>>;
before(async () => {
  place = await sampleMemory();
});
after(() => place[Symbol.asyncDispose]());

/** Tables without a subject: a tag and its end, and one number. */
const NOBODYS_TABLES = ["applied", "replay_fence"];

/** A row of each erased table that no node accounts for, as a lost write would leave it. */
const STRAYS = {
  derivation: "'node_stray', 0, 'node_other', 1, 1",
  session: "'x', 'ses_stray', 'assistant', 0",
  idempotency: "'x', 0, 'node_stray', 0",
} as const;

describe("the PostgreSQL memory store keeps the promises of every memory store", () => {
  for (const { rule, check } of memoryStoreRules) {
    test(rule, async () => {
      const region = await place.region();
      await check(await region.store());
    });
  }
});

test("what was written is there for a store that is opened later", async () => {
  const region = await place.region();
  const first = await region.store();
  const [kept] = await put(first, row({ embedding: bytes(1) }));
  await first.close();
  const again = await region.store();
  assert.deepEqual((await again.load(ada, ALL_KINDS, 0)).rows, [kept]);
});

test("tags that do not compress are compared by all their bytes", async () => {
  const region = await place.region();
  const store = await region.store();
  const tag = Uint8Array.from({ length: 1000 }, () => Math.floor(Math.random() * 256));
  await store.insert(of([row({ replayTag: tag })], under(tag)));
  const other = Uint8Array.from(tag);
  other[999]! ^= 1;
  const look = { purposes: [word("assistant")], idempotency: null, now: NOW };
  assert.equal((await store.known(ada, { ...look, replay: [tag] }))?.status, "known");
  assert.equal(await store.known(ada, { ...look, replay: [other] }), null);
});

describe("every table with a subject's rows is known to the purge and to the residue", () => {
  test("the tables of a live schema are the ones that are classified", async () => {
    const { schema, admin } = await place.region();
    const client = await admin();
    assert.deepEqual(
      await tablesIn(client, schema, "subject_id"),
      Object.keys(SUBJECT_TABLES).sort(),
    );
    assert.deepEqual(
      await tablesIn(client, schema),
      [...Object.keys(SUBJECT_TABLES), ...NOBODYS_TABLES, "migration"].sort(),
    );
    await client.query("CREATE TABLE diary (subject_id text)");
    assert.ok((await tablesIn(client, schema, "subject_id")).includes("diary"), "the check bites");
  });

  test("a whole purge empties every erased table of the subject, and of nobody else", async () => {
    const region = await place.region();
    const [store, client] = [await region.store(), await region.admin()];
    for (const subject of [ada, ben]) await fillEveryTable(store, subject);
    const theirs = await rowsOf(client, ben);
    for (const [table, count] of await rowsOf(client, ada)) assert.notEqual(count, 0, table);

    await store.purgeSubject(ada, { except: [], limit: 100, fenceUntil: LATER });

    for (const [table, count] of await rowsOf(client, ada)) {
      assert.equal(count, SUBJECT_TABLES[table] === "kept" ? 1 : 0, table);
    }
    assert.deepEqual(await rowsOf(client, ben), theirs);
  });

  for (const [table, values] of Object.entries(STRAYS)) {
    test(`a stray row in "${table}" is counted by the residue and found by the purge`, async () => {
      const region = await place.region();
      const [store, client] = [await region.store(), await region.admin()];
      await client.query(`INSERT INTO ${table} VALUES ('${ada}', ${values})`);
      const left = await store.residue(ada, { except: [] });
      assert.equal(
        Object.values(left).reduce((sum, count) => sum + count),
        1,
      );
      await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      assert.deepEqual(await store.residue(ada, { except: [] }), NOTHING);
    });
  }
});

describe("row-level security is a second wall", () => {
  const tables = Object.entries(memorySchema.migrations[0]!.tables);
  const guarded = tables.filter(([, { guard }]) => guard !== null).map(([table]) => table);

  test(
    "a session that says no subject sees no row of any, and may write none",
    { skip: ON_CLUSTER },
    async () => {
      const region = await place.region();
      await fillEveryTable(await region.store(), ada);
      const session = await region.session();
      for (const table of guarded) {
        assert.equal((await session.query(`SELECT 1 FROM ${table}`)).rows.length, 0, table);
        await session.query("SELECT set_config('oubli.subject', $1, false)", [ada]);
        assert.notEqual((await session.query(`SELECT 1 FROM ${table}`)).rows.length, 0, table);
        await session.query("RESET oubli.subject");
      }
      const insert = `INSERT INTO subject_change VALUES ('${ben}', 1)`;
      await assert.rejects(session.query(insert), { code: "42501" });
    },
  );

  test("a statement without its filter reaches the session's own subject alone", async () => {
    const region = await place.region();
    const [store, database] = [await region.store(), await region.database()];
    for (const subject of [ada, ben]) await fillEveryTable(store, subject);
    for (const table of guarded) {
      const text = `SELECT DISTINCT subject_id FROM ${table}`;
      assert.deepEqual(await database.read(ben, { text, values: [] }), [{ subject_id: ben }]);
    }
    await database.write(ben, [{ text: "DELETE FROM node", values: [] }]);
    assert.notEqual((await store.load(ada, ALL_KINDS, 0)).rows.length, 0);
    assert.equal((await store.load(ben, ALL_KINDS, 0)).rows.length, 0);
  });

  test("a session under a wrong subject finds nothing of the one it asks for", async () => {
    const region = await place.region();
    const [store, database] = [await region.store(), await region.database()];
    const [mine] = await put(store, row());
    const values = [ada];
    const read = { text: "SELECT 1 FROM node WHERE subject_id = $1", values };
    assert.equal((await database.read(ada, read)).length, 1);
    assert.deepEqual(await database.read(ben, read), []);
    await database.write(ben, [{ text: "DELETE FROM node WHERE subject_id = $1", values }]);
    assert.equal((await store.rows(ada, [mine!.node])).length, 1);
    const steal = { text: "UPDATE node SET subject_id = $1", values: [ben] };
    const refused = ON_CLUSTER === false ? "CONFIG_INVALID" : "STORE_UNAVAILABLE";
    await assert.rejects(database.write(ada, [steal]), { code: refused });
  });

  test("the application can lift no fence", async () => {
    const region = await place.region();
    const [store, session] = [await region.store(), await region.session()];
    await store.fenceSubject(ada, randomIds.next("erasure"));
    await session.query("SELECT set_config('oubli.subject', '*', false)");
    for (const text of [
      "DELETE FROM subject_fence",
      "UPDATE subject_fence SET erasure_id = 'era_other'",
      "TRUNCATE subject_fence",
      "DELETE FROM subject_change",
    ]) {
      await assert.rejects(session.query(text), { code: "42501" }, text);
    }
    assert.equal(await store.isFenced(ada), true);
  });
});

describe("what a purge leaves on disk", () => {
  test(
    "is ciphertext in its old page, so a scrub says that it is deferred",
    { skip: ON_CLUSTER },
    async () => {
      const region = await place.region();
      const [store, client] = [await region.store(), await region.admin()];
      const body = Buffer.from("sealed under a key that is gone".repeat(20));
      const [gone] = await put(store, row({ body }));
      await store.purgeNodes(ada, [gone!.node], LATER);
      assert.equal(await store.scrub(), "deferred");
      await client.query("CHECKPOINT");
      const file = await client.query(
        "SELECT pg_read_binary_file(pg_relation_filepath('node')) AS page",
      );
      assert.ok((file.rows[0] as { page: Buffer }).page.includes(body));
    },
  );
});

const sessionOf = () => ({
  id: randomIds.next("session"),
  purpose: word("assistant"),
  startedAt: NOW,
});

/** Puts at least one row of the subject into every table that has its rows. */
async function fillEveryTable(store: MemoryStore, subject: SubjectId): Promise<void> {
  const source = row({ subject, embedding: bytes(1), session: randomIds.next("session") });
  await store.insert(of([source], under(bytes(1))));
  await derive(store, [source]);
  await store.session(subject, bytes(2), sessionOf());
  await store.fenceSubject(subject, randomIds.next("erasure"));
}

async function tablesIn(client: Client, schema: string, column = "%"): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT DISTINCT table_name AS name FROM information_schema.columns
     WHERE quote_ident(table_schema) = $1 AND column_name LIKE $2 ORDER BY 1`,
    [schema, column],
  );
  return (rows as { name: string }[]).map(({ name }) => name);
}

type SubjectTable = keyof typeof SUBJECT_TABLES;

/** How many rows of the subject each of its tables has. */
async function rowsOf(client: Client, subject: SubjectId): Promise<Map<SubjectTable, number>> {
  const counts = new Map<SubjectTable, number>();
  for (const table of Object.keys(SUBJECT_TABLES) as SubjectTable[]) {
    const query = `SELECT 1 FROM ${table} WHERE subject_id = $1`;
    counts.set(table, (await client.query(query, [subject])).rows.length);
  }
  return counts;
}
