import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { randomIds, word, type SubjectId } from "#kernel";
import type { MemoryStore } from "#memory";

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
import { memoryStoreRules } from "../conformance/memory-store-rules.ts";
import { openDatabase } from "./database.ts";
import { memorySchema, SUBJECT_TABLES } from "./memory-schema.ts";
import { openMemoryStore } from "./memory-store.ts";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "oubli-memory-"));
  const file = join(path, "memory.db");
  return { file, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Tables without a subject: a tag and its end, and one number. */
const NOBODYS_TABLES = ["applied", "replay_fence"];

/** A row of each erased table that no node accounts for, as a lost write would leave it. */
const STRAYS = {
  body: "'node_stray', 1, x'00'",
  embedding: "'node_stray', 1, x'00'",
  derivation: "'node_stray', 0, 'node_other', 1, 1",
  session: "x'01', 'ses_stray', 'assistant', 0",
  idempotency: "x'01', 0, 'node_stray', 0",
} as const;

describe("the SQLite memory store keeps the promises of every memory store", () => {
  for (const { rule, check } of memoryStoreRules) {
    test(rule, async () => {
      using place = folder();
      const store = openMemoryStore(place.file);
      await check(store);
      await store.close();
    });
  }
});

test("two open stores of one file give change numbers that strictly grow", async () => {
  using place = folder();
  const stores = [openMemoryStore(place.file), openMemoryStore(place.file)];
  const writes = Array.from({ length: 100 }, (_, at) => stores[at % 2]!.insert(of([row()])));
  await Promise.all(writes);
  for (const store of stores) {
    assert.equal(await store.change(ada), 100);
    for (const after of [0, 50, 99]) {
      const { rows } = await store.load(ada, ALL_KINDS, after);
      assert.equal(rows.length, 100 - after);
    }
  }
  await Promise.all(stores.map((store) => store.close()));
});

test("of two open stores one alone wins a swap, and a fence holds in both", async () => {
  using place = folder();
  const [one, two] = [openMemoryStore(place.file), openMemoryStore(place.file)];
  const [first] = await put(one, row());
  const next = { ...first!, revision: 2 };
  const outcomes = await Promise.all([one.swap(first!, next), two.swap(first!, next)]);
  assert.deepEqual(outcomes.toSorted(), ["moved", "swapped"]);
  await one.fenceSubject(ada, randomIds.next("erasure"));
  assert.deepEqual(await two.insert(of([row()])), { status: "fenced" });
  await Promise.all([one.close(), two.close()]);
});

test("what was written is there when the file is opened again", async () => {
  using place = folder();
  const first = openMemoryStore(place.file);
  const [kept] = await put(first, row({ embedding: bytes(1) }));
  await first.close();
  const again = openMemoryStore(place.file);
  assert.deepEqual((await again.load(ada, ALL_KINDS, 0)).rows[0]!.node, kept!.node);
  await again.close();
});

describe("every table with a subject's rows is known to the purge and to the residue", () => {
  test("the tables of a live file are the ones that are classified", () => {
    using place = folder();
    const database = openDatabase(place.file, memorySchema);
    assert.deepEqual(subjectTables(database.sql), Object.keys(SUBJECT_TABLES).sort());
    assert.deepEqual(
      tables(database.sql),
      [...Object.keys(SUBJECT_TABLES), ...NOBODYS_TABLES].sort(),
    );
    database.close();
  });

  test("the check bites: a table that nobody classified is found", () => {
    using place = folder();
    const database = openDatabase(place.file, memorySchema);
    database.sql.exec("CREATE TABLE diary (line INTEGER PRIMARY KEY, subject_id TEXT) STRICT");
    assert.ok(subjectTables(database.sql).includes("diary"));
    assert.notDeepEqual(subjectTables(database.sql), Object.keys(SUBJECT_TABLES).sort());
    database.close();
  });

  test("a whole purge empties every erased table of the subject, and of nobody else", async () => {
    using place = folder();
    const store = openMemoryStore(place.file);
    const database = openDatabase(place.file, memorySchema);
    for (const subject of [ada, ben]) await fillEveryTable(store, subject);
    const erased = Object.entries(SUBJECT_TABLES).filter(([, fate]) => fate === "erased");
    const before = rowsOf(database.sql, ben);
    for (const [table] of erased) assert.notEqual(rowsOf(database.sql, ada).get(table), 0, table);

    await store.purgeSubject(ada, { except: [], limit: 100, fenceUntil: LATER });

    for (const [table] of erased) assert.equal(rowsOf(database.sql, ada).get(table), 0, table);
    assert.deepEqual(rowsOf(database.sql, ben), before);
    assert.deepEqual(columnsHolding(database.sql, ada), [
      "subject_change.subject_id",
      "subject_fence.subject_id",
    ]);
    database.close();
    await store.close();
  });

  for (const [table, values] of Object.entries(STRAYS)) {
    test(`a stray row in "${table}" is counted by the residue and found by the purge`, async () => {
      using place = folder();
      const store = openMemoryStore(place.file);
      const database = openDatabase(place.file, memorySchema);
      database.sql.exec(`INSERT INTO ${table} VALUES ('${ada}', ${values})`);
      const left = await store.residue(ada, { except: [] });
      assert.equal(
        Object.values(left).reduce((sum, count) => sum + count),
        1,
      );
      await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      assert.deepEqual(await store.residue(ada, { except: [] }), NOTHING);
      assert.equal(rowsOf(database.sql, ada).get(table), 0);
      database.close();
      await store.close();
    });
  }
});

// Long rows, on pages that were never split: what a split leaves is a limit of the store.
test("a purge overwrites what it removes, and no old page stays once the log is cut", async () => {
  using place = folder();
  const store = openMemoryStore(place.file);
  const marks = ["a body", "a vector", "the tag of a call", "the tag of a thread"];
  // Long enough to lie on several pages.
  const [body, embedding, call, thread] = marks.map((mark) => Buffer.from(mark.repeat(500)));
  const gone = row({ body: body!, embedding: embedding! });
  await store.insert(of([gone], under(call!)));
  await store.session(ada, thread!, sessionOf());
  await put(store, row({ subject: ben }));
  assert.equal(await store.scrub(), "removed");
  for (const mark of [...marks, gone.node]) assert.ok(readFileSync(place.file).includes(mark));

  await store.purgeSubject(ada, { except: [], limit: 100, fenceUntil: LATER });

  assert.equal(await store.scrub(), "removed");
  for (const mark of [...marks, gone.node]) {
    assert.ok(!readFileSync(place.file).includes(mark));
    assert.ok(!readFileSync(`${place.file}-wal`).includes(mark));
  }
  await store.close();
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

function tables(sql: DatabaseSync): string[] {
  const query = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
  return sql
    .prepare(query)
    .all()
    .map(({ name }) => name as string);
}

function columns(sql: DatabaseSync, table: string): string[] {
  const query = "SELECT name FROM pragma_table_info(?)";
  return sql
    .prepare(query)
    .all(table)
    .map(({ name }) => name as string);
}

const subjectTables = (sql: DatabaseSync): string[] =>
  tables(sql).filter((table) => columns(sql, table).includes("subject_id"));

/** How many rows of the subject each of its tables has. */
function rowsOf(sql: DatabaseSync, subject: SubjectId): Map<string, number> {
  const counted = subjectTables(sql).map((table) => {
    const query = `SELECT count(*) AS count FROM ${table} WHERE subject_id = ?`;
    return [table, sql.prepare(query).get(subject)!["count"] as number] as const;
  });
  return new Map(counted);
}

/** Every column of every table in which a text occurs, whole or as a part. */
function columnsHolding(sql: DatabaseSync, text: string): string[] {
  return tables(sql).flatMap((table) =>
    columns(sql, table)
      .filter((column) => {
        const query = `SELECT 1 FROM ${table} WHERE instr(CAST(${column} AS TEXT), ?) > 0 LIMIT 1`;
        return sql.prepare(query).get(text) !== undefined;
      })
      .map((column) => `${table}.${column}`),
  );
}
