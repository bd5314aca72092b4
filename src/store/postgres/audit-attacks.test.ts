import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { accessLogOf, checkLogs, leafHash, logNames, refuseForks } from "#audit";
import { isOubliError, randomIds, word, type SubjectId } from "#kernel";

import { auditSchema } from "./audit-schema.ts";
import { EVERY_SUBJECT, openDatabase } from "./database.ts";
import { beginErasure, draft, NOW, region, sampleAudit } from "./sample-audit.test.ts";

/** One full tile and a part of a second. */
const SIZE = 300;

/** The second of two access logs: nothing of it is in the one that every store has. */
const LOG = "access-1";
const [ada, ben] = [personOf(LOG), personOf(LOG)];

function personOf(log: string): SubjectId {
  const subject = randomIds.next("subject");
  return accessLogOf(subject, logNames(2)) === log ? subject : personOf(log);
}

const hex = (bytes: Uint8Array) => `'\\x${Buffer.from(bytes).toString("hex")}'`;
const forged = Buffer.from('{"t":"retrieve","v":1}');

/** A log of two people, signed. */
async function signedLog() {
  const sample = await sampleAudit(undefined, 2);
  const { store, notary, log } = await sample.log();
  const reads = Array.from({ length: SIZE }, (_, at) => draft("retrieve", at % 2 ? ada : ben));
  await Promise.all(reads.map((each) => log.record(each)));
  const id = randomIds.next("restriction");
  const row = { subject: ada, id, purpose: null, ground: word("accuracy"), since: NOW };
  const { id: restriction, purpose, ground, since } = row;
  await log.record(draft("restrict", ada, { restriction, purpose, ground, since, gate: 1 }), {
    effects: [
      { kind: "gate", subject: ada, pending: 0 },
      { kind: "restrict", row },
    ],
  });
  await log.checkpoints.publish();
  return {
    ...sample,
    [Symbol.asyncDispose]: () => sample[Symbol.asyncDispose](),
    store,
    notary,
    log,
  };
}

/** Copies of all tables as they are, to be put back later. */
const TABLES = Object.keys(auditSchema.migrations[0]!.tables);
const save = TABLES.map((table) => `CREATE TABLE saved_${table} AS TABLE ${table}`);
const putBack = TABLES.flatMap((table) => [
  `TRUNCATE ${table}`,
  `INSERT INTO ${table} TABLE saved_${table}`,
]);

const swap = (table: string, one: number, two: number) => [
  `UPDATE ${table} SET idx = -1 - idx WHERE log_id = '${LOG}' AND idx IN (${one}, ${two})`,
  `UPDATE ${table} SET idx = ${one + two} + idx + 1 WHERE log_id = '${LOG}' AND idx < 0`,
];

describe("what a database administrator does to the audit tables is found", () => {
  test("and the control: a log that nobody touched has no fault", async () => {
    await using sample = await signedLog();
    const checks = await checkLogs(sample.store, sample.notary);
    assert.deepEqual(
      checks.map(({ faults }) => faults),
      [[], [], []],
    );
    assert.deepEqual(
      checks.map(({ checked }) => checked),
      [0, SIZE, 1],
    );
  });

  const at = `log_id = '${LOG}' AND idx = 7`;
  for (const [what, statements, fault] of [
    [
      "edits an entry",
      [`UPDATE audit_bytes SET entry = ${hex(forged)} WHERE ${at}`],
      "entry-changed",
    ],
    [
      "edits an entry and its hash",
      [
        `UPDATE audit_bytes SET entry = ${hex(forged)} WHERE ${at}`,
        `UPDATE audit_leaf SET leaf_hash = ${hex(leafHash(forged))} WHERE ${at}`,
      ],
      "tile-wrong",
    ],
    [
      "gives an entry to another person",
      [`UPDATE audit_leaf SET subject_id = 'x' WHERE ${at}`],
      "entry-changed",
    ],
    ["removes an entry's bytes", [`DELETE FROM audit_bytes WHERE ${at}`], "bytes-missing"],
    ["removes an entry", [`DELETE FROM audit_leaf WHERE ${at}`], "leaf-missing"],
    [
      "removes the last entry",
      [`DELETE FROM audit_leaf WHERE log_id = '${LOG}' AND idx = ${SIZE - 1}`],
      "leaf-missing",
    ],
    [
      "swaps two entries",
      [...swap("audit_leaf", 3, 9), ...swap("audit_bytes", 3, 9)],
      "tile-wrong",
    ],
    ["empties the table of entries", ["TRUNCATE audit_leaf"], "leaf-missing"],
    ["edits a tile", ["UPDATE audit_hash SET hash = sha256('')"], "tile-wrong"],
    [
      "edits the head",
      [`UPDATE audit_head SET frontier = sha256('') WHERE log_id = '${LOG}'`],
      "head-wrong",
    ],
    ["lifts a restriction without an entry", ["DELETE FROM restriction"], "restriction-changed"],
    ["turns a gate back", ["UPDATE subject_gate SET seq = seq - 1"], "gate-changed"],
    ["removes a gate", ["DELETE FROM subject_gate"], "gate-changed"],
    [
      "sets another policy",
      ["UPDATE policy_state SET seq = 1, digest = 'other'"],
      "policy-changed",
    ],
  ] as const) {
    test(`who ${what}`, async () => {
      await using sample = await signedLog();
      await sample.attack(...statements);
      const checks = await checkLogs(sample.store, sample.notary);
      const found = checks.flatMap(({ faults }) => faults.map((each) => each.fault as string));
      assert.ok(found.includes(fault), found.join(" "));
    });
  }

  test("who cuts the log, with a head that fits, is refused before anything else", async () => {
    await using sample = await signedLog();
    await sample.attack(
      `DELETE FROM audit_leaf WHERE log_id = '${LOG}'`,
      `DELETE FROM audit_bytes WHERE log_id = '${LOG}'`,
      `DELETE FROM audit_hash WHERE log_id = '${LOG}'`,
      `UPDATE audit_head SET size = 0, frontier = '' WHERE log_id = '${LOG}'`,
    );
    await assert.rejects(refuseForks(sample.store, sample.notary), { code: "LOG_FORKED" });
    await assert.rejects(sample.log.checkpoints.publish(), { code: "LOG_FORKED" });
  });

  test("who puts all tables back to an older state is refused by the notary", async () => {
    await using sample = await signedLog();
    await sample.attack(...save);
    await sample.log.record(draft("erase.intent", ada), { effects: [beginErasure(ada)] });
    await sample.log.checkpoints.publish();
    await sample.attack(...putBack);
    await assert.rejects(refuseForks(sample.store, sample.notary), { code: "LOG_FORKED" });
    await assert.rejects(sample.log.checkpoints.publish(), { code: "LOG_FORKED" });
  });
});

describe("what a database administrator does while the log is open fails closed", () => {
  test("an entry put where the next one belongs: nothing is appended any more", async () => {
    await using sample = await signedLog();
    await sample.attack(
      `INSERT INTO audit_leaf VALUES ('${LOG}', ${SIZE}, sha256(''), 1, 'retrieve', NULL)`,
    );
    await assert.rejects(sample.log.record(draft("retrieve", ada)), { code: "AUDIT_UNAVAILABLE" });
  });

  test("a head turned back: nothing is appended over what is there", async () => {
    await using sample = await signedLog();
    const { size } = await sample.store.head(LOG);
    await sample.attack(`UPDATE audit_head SET size = ${size - 1} WHERE log_id = '${LOG}'`);
    await assert.rejects(sample.log.record(draft("retrieve", ada)), { code: "AUDIT_UNAVAILABLE" });
  });
});

test("a session that forgets its filter sees its own subject's rows, and none without one", async () => {
  await using sample = await signedLog();
  const database = await openDatabase({ url: sample.place.url, region, schema: auditSchema });
  const guarded = Object.entries(auditSchema.migrations[0]!.tables)
    .filter(([, { guard }]) => guard !== null)
    .map(([table]) => table);
  assert.ok(guarded.length > 8);
  const count = async (scope: Parameters<typeof database.read>[0], table: string) => {
    const text = `SELECT count(*) AS count, count(DISTINCT subject_id) AS whose FROM ${table}`;
    return (await database.read<{ count: number; whose: number }>(scope, { text, values: [] }))[0]!;
  };
  const nobody = randomIds.next("subject");
  for (const table of guarded) assert.equal((await count(nobody, table)).count, 0, table);
  assert.deepEqual(await count(ada, "audit_leaf"), { count: SIZE / 2 + 1, whose: 1 });
  assert.deepEqual(await count(EVERY_SUBJECT, "audit_leaf"), { count: SIZE + 1, whose: 2 });
  await database.close();
});

test("the bytes of the ledger cannot be removed by the application, whatever it asks", async () => {
  await using sample = await signedLog();
  assert.equal(await sample.store.prune("ledger", 1), 0);
  const [entry] = await sample.store.entries("ledger", { from: 0, limit: 1 });
  assert.notEqual(entry!.bytes, null);
  assert.equal(await sample.store.prune(LOG, 5), 5);
});

test("the role of one schema cannot read another's, and its login none by itself", async () => {
  await using sample = await signedLog();
  const database = await openDatabase({ url: sample.place.url, region, schema: auditSchema });
  const text = `SELECT seed FROM "oubli_${region}_notary".signer`;
  await assert.rejects(database.read(EVERY_SUBJECT, { text, values: [] }), (error) => {
    return isOubliError(error) && error.details["sqlstate"] === "42501";
  });
  await database.close();
});
