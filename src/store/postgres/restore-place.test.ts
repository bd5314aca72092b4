import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DATABASES, type DatabaseName, type SnapshotTarget } from "#backup";
import { randomIds, type SubjectId } from "#kernel";
import pg from "pg";

import { administer, serverDatabase, testDatabase } from "../../../test/support/postgres.ts";
import { makeSchemas } from "../../../test/support/schemas.ts";
import { openAuditStore } from "./audit-store.ts";
import { openKeyStore } from "./key-store.ts";
import { openMemoryStore } from "./memory-store.ts";
import { migrate } from "./migrate.ts";
import { postgresRestorePlace } from "./restore-place.ts";
import { SCHEMAS } from "./schemas.ts";
import { postgresSnapshots } from "./snapshot.ts";

// Goal: a region's schemas are what they were, or what was restored, or locked; and whoever had
// them open before does not go on in what was restored.

const region = "eu";
/** Its roles are another administrator's. */
const OWNED = "owned";
const NOTE = "{}\n";

/** A region with a node's fence, its snapshot, and the place that it is restored to. */
async function world() {
  const database = await testDatabase();
  const { adminUrl, url } = database;
  await makeSchemas(database, region);
  const at = { url, region };
  const subject = randomIds.next("subject");
  const memory = await openMemoryStore(at);
  await memory.fenceSubject(subject, randomIds.next("erasure"));
  await memory.close();
  await (await openAuditStore(at)).close();
  await (await openKeyStore(at)).close();
  const addresses = Object.fromEntries(DATABASES.map((name) => [name, { url, adminUrl }])) as never;
  return {
    at,
    adminUrl,
    subject,
    lines: await snapshotOf(url),
    place: postgresRestorePlace(region, addresses),
    schemas: () => schemasIn(adminUrl),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function snapshotOf(url: string): Promise<Readonly<Record<DatabaseName, string>>> {
  const source = postgresSnapshots({ memory: url, keys: url, audit: url }, region);
  await using taken = await source.take(DATABASES);
  const texts: [DatabaseName, string][] = [];
  for (const name of DATABASES) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of taken.read(name)) chunks.push(chunk);
    texts.push([name, Buffer.concat(chunks).toString("utf8")]);
  }
  return Object.fromEntries(texts) as never;
}

async function schemasIn(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = "SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^oubli_' ORDER BY 1";
  const { rows } = await client.query(text);
  await client.end();
  return (rows as { name: string }[]).map(({ name }) => name);
}

const OWN = ["audit", "keys", "memory", "notary"].map((name) => `oubli_${region}_${name}`);

async function stageAll(
  place: SnapshotTarget,
  lines: Readonly<Record<DatabaseName, string>>,
): Promise<void> {
  for (const name of DATABASES) await place.stage(name, bytesOf(lines[name]));
}

/** In pieces that end anywhere. */
async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
}

async function openAndClose(place: SnapshotTarget): Promise<void> {
  for (const store of Object.values(await place.open())) await store?.close();
}

const isFenced = async (at: { url: string; region: string }, subject: SubjectId) => {
  const memory = await openMemoryStore(at);
  try {
    return await memory.isFenced(subject);
  } finally {
    await memory.close();
  }
};

describe("schemas are restored", () => {
  test("as they were; from the lock until the end nobody opens them, and a process of before never does", async () => {
    await using it = await world();
    const { place, at } = it;
    const before = await openMemoryStore(at);
    await stageAll(place, it.lines);
    await openAndClose(place);
    await assert.rejects(place.commit(NOTE), { code: "STORE_BUSY" });
    assert.equal(await place.placed(), null);
    await before.appliedLedgerIndex();

    await administer(
      it.adminUrl,
      `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
       WHERE application_name = 'oubli' AND datname = current_database()`,
    );
    await place.commit(NOTE);
    assert.equal(await place.placed(), NOTE);
    assert.equal(await place.state(), "locked");
    await assert.rejects(openMemoryStore(at), { code: "STORE_LOCKED" });
    await assert.rejects(snapshotOf(at.url), { code: "STORE_LOCKED" });
    const past = await openMemoryStore({ ...at, restore: "placed" });
    await past.close();
    await place.unlock();
    await place.discard();

    assert.deepEqual(await it.schemas(), OWN);
    assert.equal(await isFenced(at, it.subject), true);
    await assert.rejects(before.appliedLedgerIndex(), { code: "STORE_LOCKED" });
    await before.close();
  });

  test("where a backup is of an older schema, its rows come first and the steps it lacks then", async () => {
    await using it = await world();
    const { place } = it;
    const older = it.lines.audit
      .split("\n")
      .filter(
        (line) => !/^(migration \{"id":"000[3-9]|access_logs |audit_head .*"access-)/.test(line),
      )
      .join("\n");
    assert.ok(older.length < it.lines.audit.length);
    await place.stage("audit", bytesOf(older));
    const withoutCases = /^(migration \{"id":"000[23]-|case_key )/;
    const olderKeys = it.lines.keys.split("\n").filter((line) => !withoutCases.test(line));
    assert.ok(olderKeys.length < it.lines.keys.split("\n").length);
    await place.stage("keys", bytesOf(olderKeys.join("\n")));
    const { audit, keys } = await place.open();
    assert.equal(audit!.logs.length, 5, "it has what the later steps made");
    assert.equal(await keys!.caseKey(randomIds.next("case")), null);
    await Promise.all([audit!.close(), keys!.close()]);
    await place.discard();
    assert.deepEqual(await it.schemas(), OWN);
  });

  test("in a database each, by an administrator who is no superuser", async () => {
    await using it = await world();
    const places = await Promise.all(
      DATABASES.map(async (name) => [name, await serverDatabase()] as const),
    );
    const owner = "oubli_test_owner";
    await administer(
      places[0]![1].adminUrl,
      `DO $$ BEGIN CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD '${owner}';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
    const addresses: Record<string, { url: string; adminUrl: string }> = {};
    try {
      for (const [name, { adminUrl, url, login }] of places) {
        const { pathname } = new URL(adminUrl);
        await administer(adminUrl, `GRANT CREATE ON DATABASE ${pathname.slice(1)} TO ${owner}`);
        const own = new URL(adminUrl);
        [own.username, own.password] = [owner, owner];
        const schemas = SCHEMAS.filter((schema) => schema.name === name);
        await migrate({ url: own.href, region: OWNED, schemas, logins: [login] });
        addresses[name] = { url, adminUrl: own.href };
      }
      const place = postgresRestorePlace(OWNED, addresses as never);
      assert.equal(await place.state(), "empty");
      await stageAll(place, it.lines);
      await openAndClose(place);
      await place.commit(NOTE);
      const at = { url: addresses["memory"]!.url, region: OWNED };
      await assert.rejects(openMemoryStore(at), { code: "STORE_LOCKED" });
      await place.unlock();
      assert.equal(await isFenced(at, it.subject), true);
      const left = await Promise.all(places.map(([, { adminUrl }]) => schemasIn(adminUrl)));
      assert.deepEqual(
        left.flat().toSorted(),
        ["audit", "keys", "memory"].map((name) => `oubli_${OWNED}_${name}`),
      );
    } finally {
      for (const [, database] of places) await database[Symbol.asyncDispose]();
    }
  });

  test("in part: what is not in the backup stays", async () => {
    await using it = await world();
    const { place, at } = it;
    await place.stage("memory", bytesOf(it.lines.memory));
    await openAndClose(place);
    await place.commit(NOTE);
    await place.unlock();
    assert.equal(await isFenced(at, it.subject), true);
    assert.deepEqual(await it.schemas(), OWN);
  });
});

describe("what is no snapshot is refused when it is opened, and everything stays as it was", () => {
  for (const [what, change, code] of [
    [
      "a row of a table that nobody has",
      (text: string) => `${text}pg_authid {}\n`,
      "BACKUP_DAMAGED",
    ],
    ["a row that is no JSON", (text: string) => `${text}applied {]\n`, "BACKUP_DAMAGED"],
    [
      "a row that its table does not take",
      (text: string) => `${text}applied {}\n`,
      "BACKUP_DAMAGED",
    ],
    ["a line without an end", (text: string) => text.slice(0, -1), "BACKUP_DAMAGED"],
    ["no line at all", () => "", "BACKUP_DAMAGED"],
    [
      "a list of steps alone",
      (text: string) => text.slice(0, text.indexOf("\n") + 1),
      "BACKUP_DAMAGED",
    ],
    [
      "a newer version's",
      (text: string) => `migration {"id":"9999","digest":"later"}\n${text}`,
      "SCHEMA_NEWER",
    ],
  ] as const) {
    test(what, async () => {
      await using it = await world();
      await it.place.stage("memory", bytesOf(change(it.lines.memory)));
      await assert.rejects(it.place.open(), { code });
      await it.place.discard();
      assert.deepEqual(await it.schemas(), OWN);
      assert.equal(await isFenced(it.at, it.subject), true);
    });
  }

  test("what another restore staged meanwhile is not taken for one's own", async () => {
    await using it = await world();
    await stageAll(it.place, it.lines);
    await openAndClose(it.place);
    await administer(
      it.adminUrl,
      `DROP SCHEMA oubli_${region}_memory_next CASCADE; CREATE SCHEMA oubli_${region}_memory_next`,
    );
    await assert.rejects(it.place.commit(NOTE), { code: "STORE_BUSY" });
    assert.equal(await isFenced(it.at, it.subject), true, "it is as it was, and open");
  });

  test("a server that no migration was run on is told so, and where a store is, it is occupied", async () => {
    await using it = await world();
    assert.equal(await it.place.state(), "empty");
    await administer(it.adminUrl, `UPDATE oubli_${region}_audit.audit_head SET size = 1`);
    assert.equal(await it.place.state(), "occupied");
    await administer(it.adminUrl, `DROP SCHEMA oubli_${region}_keys CASCADE`);
    await assert.rejects(it.place.state(), { code: "SCHEMA_OLDER" });
  });
});
