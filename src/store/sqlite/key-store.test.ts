import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { randomIds, systemClock, type SubjectId } from "#kernel";
import { memoryRootProvider, openKeyring } from "#keys";

import { keyReplayRules } from "../conformance/key-replay-rules.ts";
import { keyStoreRules } from "../conformance/key-store-rules.ts";
import { openDatabase } from "./database.ts";
import { keySchema } from "./key-schema.ts";
import { openKeyStore } from "./key-store.ts";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "oubli-keys-"));
  return { file: join(path, "keys.db"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe("the SQLite key store keeps the promises of every key store", () => {
  for (const { rule, check } of keyStoreRules) {
    test(rule, async () => {
      using place = folder();
      const store = openKeyStore(place.file);
      await check(store);
      await store.close();
    });
  }
});

describe("the SQLite key store keeps its promises when deleted rows are put back", () => {
  for (const { rule, check } of keyReplayRules) {
    test(rule, async () => {
      using place = folder();
      const store = openKeyStore(place.file);
      const database = openDatabase(place.file, keySchema);
      const { sql } = database;
      const tables = ["subject_key", "node_key"];
      const copyKeys = async () => {
        for (const name of tables)
          sql.exec(`CREATE TEMP TABLE old_${name} AS SELECT * FROM ${name}`);
        return async () => {
          for (const name of tables)
            sql.exec(`INSERT OR IGNORE INTO ${name} SELECT * FROM old_${name}`);
        };
      };
      await check({ store, copyKeys });
      await database.close();
      await store.close();
    });
  }
});

test("SQLite itself refuses to delete a fence, and overwrites what is deleted", () => {
  using place = folder();
  const database = openDatabase(place.file, keySchema);
  database.sql.exec("INSERT INTO key_fence VALUES ('sub', '*', 1, 1, 1, '[]')");
  assert.throws(() => database.sql.exec("DELETE FROM key_fence"), /kept for ever/);
  assert.equal(database.sql.prepare("PRAGMA secure_delete").get()?.["secure_delete"], 1);
  database.close();
});

test("two connections that mint and shred the same node agree: fenced, or shredded after", async () => {
  using place = folder();
  const [left, right] = [openKeyStore(place.file), openKeyStore(place.file)];
  const at = systemClock.now();
  const options = { root: memoryRootProvider({ clock: systemClock }), clock: systemClock };
  const keyring = await openKeyring({ ...options, store: left, ids: randomIds, region: "eu" });
  const { subject } = await keyring.register("acme", "ada");

  for (let round = 0; round < 50; round += 1) {
    const node = randomIds.next("node");
    const key = { node, revision: 1, wrapped: new Uint8Array(61) };
    await Promise.all([
      left.insertNodeKeys(subject, 1, at, [key]),
      right.shredNodes({ subject, ledgerIndex: round, at }, [{ node }]),
    ]);
    const live = await left.liveRefs(subject);
    assert.ok(live.every((ref) => ref.node !== node));
    assert.equal(await left.insertNodeKeys(subject, 1, at, [key]), "fenced");
  }
  keyring.close();
  await left.close();
  await right.close();
});

test("after a shred and a scrub, the wrapped key is in no file, and was before", async () => {
  using place = folder();
  const store = openKeyStore(place.file);
  const options = { root: memoryRootProvider({ clock: systemClock }), clock: systemClock };
  const keyring = await openKeyring({ ...options, store, ids: randomIds, region: "eu" });
  const { subject } = await keyring.register("acme", "ada");
  const refs = [1, 2, 3].map(() => ({ node: randomIds.next("node"), revision: 1 }));
  await keyring.mintNodeKeys(subject, refs);
  const wrapped = (await store.nodeKeys(subject, [refs[1]!]))!.nodes[0]!.wrapped;
  const onDisk = (): boolean =>
    ["", "-wal"].some((end) => readFileSync(place.file + end).includes(wrapped));

  assert.equal(onDisk(), true);
  await keyring.shredNodes(subject, [refs[1]!], { ledgerIndex: 1, at: systemClock.now() });
  assert.equal(await keyring.scrub(), "removed");
  assert.equal(onDisk(), false);
  keyring.close();
  await store.close();
});

test("a fence of an older file holds what it had left, and an erased subject's holds nothing", async () => {
  using place = folder();
  const older = { ...keySchema, migrations: keySchema.migrations.slice(0, 1) };
  const database = openDatabase(place.file, older);
  database.sql.exec(`
    INSERT INTO subject_key VALUES ('sub_held', 'acme', 1, 1, x'00', 1);
    INSERT INTO node_key VALUES
      ('sub_held', 'node_kept', 1, 1, 0, x'00'), ('sub_gone', 'node_noise', 1, 1, 0, x'00');
    INSERT INTO key_fence VALUES ('sub_held', '*', 0, 1, 1), ('sub_gone', '*', 0, 2, 1)`);
  await database.close();
  const store = openKeyStore(place.file);
  const left = await store.nodeKeys("sub_held" as SubjectId);
  assert.deepEqual(
    left?.nodes.map(({ node }) => node),
    ["node_kept"],
  );
  const now = openDatabase(place.file, keySchema);
  const select = "SELECT held FROM key_fence ORDER BY ledger_index";
  const held = now.sql
    .prepare(select)
    .all()
    .map((row) => row["held"]);
  assert.deepEqual(held, ['["node_kept"]', "[]"]);
  await now.close();
  await store.close();
});
