import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { randomIds, systemClock } from "#kernel";
import { memoryRootProvider, openKeyring, type KeyStore } from "#keys";

import { ON_CLUSTER } from "../../../test/support/cluster.ts";
import { AT, ada, ben, bytes, furnish, key, shred, tea } from "../conformance/key-store-fixture.ts";
import { keySchema } from "./key-schema.ts";
import { SCHEMAS } from "./schemas.ts";
import { quoteName, schemaName } from "./schema.ts";
import { copyKeys, sampleKeys } from "./sample-stores.test.ts";

let place: Awaited<ReturnType<typeof sampleKeys>>;
before(async () => {
  place = await sampleKeys();
});
after(() => place[Symbol.asyncDispose]());

const { tables } = keySchema.migrations[0]!;
const guarded = Object.keys(tables).filter((table) => tables[table]!.guard !== null);
const PERMISSION_DENIED = { code: "42501" };

/** Epoch 1, with a row of each of two subjects in every table that has subjects' rows. */
async function fill(store: KeyStore): Promise<void> {
  await furnish(store);
  for (const subject of [ada, ben]) {
    const row = { tenant: "acme", epoch: 1, wrapped: bytes("e") };
    await store.insertEvidenceKey({ ...row, subject });
    await store.shredNodes(shred(1, subject), [{ node: randomIds.next("node") }]);
  }
}

describe("each schema's role sees its own schema alone", () => {
  for (const other of SCHEMAS.filter(({ name }) => name !== "keys")) {
    test(`the role of the keys cannot read the ${other.name}, nor its role the keys`, async () => {
      const { region, session, schema } = await place.region(SCHEMAS);
      const theirs = quoteName(schemaName(region, other));
      const [keys, stranger] = [await session(), await session(theirs)];
      for (const { tables: own } of other.migrations) {
        for (const table of Object.keys(own)) {
          const query = `SELECT 1 FROM ${theirs}.${table}`;
          await assert.rejects(keys.query(query), PERMISSION_DENIED, table);
          assert.ok(await stranger.query(query), "its own role may");
        }
      }
      for (const table of Object.keys(tables)) {
        const query = `SELECT 1 FROM ${schema}.${table}`;
        await assert.rejects(stranger.query(query), PERMISSION_DENIED, table);
        assert.ok(await keys.query(query), "its own role may");
      }
    });
  }

  test("the application can lift no fence, and bring no epoch back", async () => {
    const region = await place.region();
    await fill(await region.store());
    const session = await region.session();
    await session.query("SELECT set_config('oubli.subject', '*', false)");
    for (const text of [
      "DELETE FROM key_fence",
      "UPDATE key_fence SET key_id = 'node_other'",
      "TRUNCATE key_fence",
      "DELETE FROM epoch_key",
      "DELETE FROM tag_key",
      "UPDATE epoch_key SET epoch = 9",
      "UPDATE node_key SET node_id = 'node_other'",
    ]) {
      await assert.rejects(session.query(text), PERMISSION_DENIED, text);
    }
  });
});

test("a fence narrows, and the application can neither widen it nor take its epoch back", async () => {
  const region = await place.region();
  const store = await region.store();
  await fill(store);
  const held = [1, 2].map(() => randomIds.next("node"));
  await store.shredSubject({ subject: ada, at: 0 as never, ledgerIndex: 1 }, held);
  const database = await region.database();
  const set = (change: string) =>
    database.write(ada, [
      { text: `UPDATE key_fence SET ${change} WHERE key_id = '*'`, values: [] },
    ]);
  for (const change of ["held = held || '{node_other}'", "held = NULL", "epoch = epoch - 1"]) {
    await assert.rejects(set(change), { code: "STORE_DAMAGED" }, change);
  }
  await set(`held = '{${held[0]!}}', epoch = epoch + 1`);
  await assert.rejects(set(`held = '{${held.join()}}'`), { code: "STORE_DAMAGED" });
});

describe("row-level security is a second wall", () => {
  test("a session that says no subject sees no row of any, and may write none", async () => {
    const region = await place.region();
    await fill(await region.store());
    const session = await region.session();
    assert.ok(guarded.length >= 6);
    for (const table of guarded) {
      assert.equal((await session.query(`SELECT 1 FROM ${table}`)).rows.length, 0, table);
    }
    const insert = `INSERT INTO key_fence VALUES ('${ben}', '*', 0, 0, 0, '{}')`;
    await assert.rejects(session.query(insert), PERMISSION_DENIED);
  });

  test("a statement without its filter reaches the session's own subject alone", async () => {
    const region = await place.region();
    const [store, database] = [await region.store(), await region.database()];
    await fill(store);
    for (const table of guarded) {
      const text = `SELECT DISTINCT subject_id FROM ${table}`;
      assert.deepEqual(
        await database.read(ben, { text, values: [] }),
        [{ subject_id: ben }],
        table,
      );
    }
    await database.write(ben, [
      { text: "DELETE FROM node_key", values: [] },
      { text: "UPDATE subject_key SET version = 99", values: [] },
    ]);
    const { subjectKey, nodes } = (await store.nodeKeys(ada))!;
    assert.deepEqual([subjectKey.version, nodes.length], [1, 2]);
    const steal = { text: "UPDATE key_fence SET held = '{}' WHERE subject_id = $1", values: [ada] };
    await database.write(ben, [steal]);
    assert.equal((await store.nodeKeys(ben))?.subjectKey.version, 99, "the control");
  });

  test("a schema's function holds to the session's subject, whatever it is asked for", async () => {
    const region = await place.region();
    const [store, database] = [await region.store(), await region.database()];
    await fill(store);
    const text = "SELECT shred_subject($1, 0, 0, '{}')";
    const asked = database.write(ben, [{ text, values: [ada] }]);
    await assert.rejects(asked, { code: "CONFIG_INVALID" });
    assert.equal((await store.nodeKeys(ada))?.nodes.length, 2);
  });
});

describe("a database administrator who puts keys back", () => {
  async function world() {
    const region = await place.region();
    const store = await region.store();
    const root = memoryRootProvider({ clock: systemClock });
    const options = { store, root, clock: systemClock, ids: randomIds, region: "eu" };
    const keyring = await openKeyring(options);
    const { subject } = await keyring.register("acme", "ada");
    const refs = [1, 2].map(() => ({ node: randomIds.next("node"), revision: 1 }));
    await keyring.mintNodeKeys(subject, refs);
    return { region, store, options, keyring, subject, refs, putBack: await copyKeys(region) };
  }
  const order = { ledgerIndex: 1, at: AT };

  test("opens nothing of a forgotten memory, and the rotation ends and takes the row away", async () => {
    const { store, options, keyring, subject, refs, putBack } = await world();
    await keyring.shredNodes(subject, [refs[0]!], order);
    await putBack();
    const fresh = await openKeyring(options);
    for (const each of [keyring, fresh]) assert.equal((await each.nodeKeys(subject)).size, 1);
    assert.equal((await keyring.liveRefs(subject)).length, 2, "a look finds the row");
    assert.notEqual((await keyring.rotate()).evidence, null);
    assert.equal((await keyring.liveRefs(subject)).length, 1);
    assert.equal((await store.nodeKeys(subject))?.nodes.length, 1);
  });

  test("opens nothing of an erased person, also after the rotation", async () => {
    const { options, keyring, subject, putBack } = await world();
    await keyring.shredSubject(subject, order);
    await putBack();
    const fresh = await openKeyring(options);
    for (const each of [keyring, fresh]) assert.equal((await each.nodeKeys(subject)).size, 0);
    assert.notEqual((await keyring.rotate()).evidence, null);
    assert.equal(await keyring.tenantOf(subject), null);
    await putBack();
    for (const each of [keyring, fresh]) assert.equal((await each.nodeKeys(subject)).size, 0);
  });

  test("opens nothing by moving a key to another person", async () => {
    const { region, keyring, subject, refs } = await world();
    const other = (await keyring.register("acme", "ben")).subject;
    await (
      await region.admin()
    ).query("INSERT INTO node_key SELECT $1, node_id, revision, 1, 0, wrapped FROM node_key", [
      other,
    ]);
    await assert.rejects(keyring.nodeKeys(other), { code: "SEAL_BROKEN" });
    assert.equal((await keyring.nodeKeys(subject, refs)).size, 2);
  });
});

describe("what a shred leaves on disk", () => {
  test(
    "is a wrapped key in its old page, so a scrub says that it is deferred",
    { skip: ON_CLUSTER },
    async () => {
      const region = await place.region();
      const [store, client] = [await region.store(), await region.admin()];
      // The server would clean the page up when it finds the time.
      await client.query("ALTER TABLE node_key SET (autovacuum_enabled = false)");
      await furnish(store);
      const wrapped = "a node's key, wrapped under a key that goes at the epoch's end";
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 2, wrapped)]);
      await store.shredNodes(shred(), [{ node: tea }]);
      assert.equal(await store.scrub(), "deferred");
      const inFile = async (): Promise<boolean> => {
        await client.query("CHECKPOINT");
        const read = "SELECT pg_read_binary_file(pg_relation_filepath('node_key')) AS page";
        const { rows } = await client.query(read);
        return (rows[0] as { page: Buffer }).page.includes(wrapped);
      };
      assert.equal(await inFile(), true);
      // A rewrite keeps what a transaction of somebody else may still want to see.
      for (let tries = 0; tries < 600 && (await inFile()); tries += 1) {
        await client.query("VACUUM FULL node_key");
        await pause(tries);
      }
      assert.equal(await inFile(), false);
    },
  );
});
