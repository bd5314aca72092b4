import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  accessLogOf,
  accessLogs,
  checkLogs,
  openNotary,
  pruneAccessLogs,
  readEntry,
  refuseForks,
  type AuditStore,
  type LogFault,
  type LogName,
} from "#audit";
import { randomIds, word, type EpochMs, type SubjectId } from "#kernel";

import { openAuditStore } from "./audit-store.ts";
import { openNotaryStore } from "./notary-store.ts";
import { draft, NOW, region, sampleAudit } from "./sample-audit.test.ts";

const LOGS = 4;

describe("a store's access logs", () => {
  test("are as many as whoever opens it first wants, and four if they do not say", async () => {
    await using some = await sampleAudit(undefined, 2);
    assert.deepEqual((await some.store()).logs, ["access", "access-1", "ledger"]);
    await using other = await sampleAudit();
    await using store = await opened(other.place.url);
    assert.equal(store.logs.length, LOGS + 1);
  });

  test("stay as many: another number is refused, and none finds what is there", async () => {
    await using sample = await sampleAudit(undefined, 2);
    await sample.store();
    for (const accessLogs of [1, 3]) {
      await assert.rejects(opened(sample.place.url, accessLogs), {
        code: "CONFIG_INVALID",
        details: { field: "accessLogs", given: accessLogs, accepted: 2 },
      });
    }
    await using store = await opened(sample.place.url);
    assert.equal(store.logs.length, 3);
  });

  test("are one number, however many processes come first at once", async () => {
    await using sample = await sampleAudit();
    const asked = [1, 2, 3, 4, 5, 6, 7, 8];
    const all = await Promise.allSettled(asked.map((count) => opened(sample.place.url, count)));
    const stores = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.equal(stores.length, 1);
    for (const store of stores) await store.close();
  });

  test("cannot be changed by the application", async () => {
    await using sample = await sampleAudit(undefined, 2);
    await sample.store();
    const as = `SET ROLE ${JSON.stringify(`oubli_${region}_audit`)}`;
    for (const text of ["UPDATE access_logs SET count = 1", "DELETE FROM access_logs"]) {
      await assert.rejects(sample.attack(as, text), /permission denied/);
    }
  });
});

/** Each edit, of one log, with the fault that it is found by. */
const EDITS: readonly (readonly [string, (log: string) => readonly string[], LogFault["fault"]])[] =
  [
    [
      "an entry that was changed",
      (log) => [`UPDATE audit_bytes SET entry = '{}' WHERE ${at(log)}`],
      "entry-changed",
    ],
    [
      "an entry that was changed with its hash",
      (log) => [
        `UPDATE audit_bytes SET entry = '{}' WHERE ${at(log)}`,
        `UPDATE audit_leaf SET leaf_hash = sha256('\\x007b7d') WHERE ${at(log)}`,
      ],
      "head-wrong",
    ],
    [
      "an entry that was given to another person",
      (log) => [`UPDATE audit_leaf SET subject_id = 'x' WHERE ${at(log)}`],
      "entry-changed",
    ],
    ["bytes that are gone", (log) => [`DELETE FROM audit_bytes WHERE ${at(log)}`], "bytes-missing"],
    ["an entry that is gone", (log) => [`DELETE FROM audit_leaf WHERE ${at(log)}`], "leaf-missing"],
    [
      "a head that was changed",
      (log) => [`UPDATE audit_head SET frontier = sha256('') WHERE log_id = '${log}'`],
      "head-wrong",
    ],
    [
      "a log that was cut, with a head that fits",
      (log) => [
        ...["leaf", "bytes", "hash"].map(
          (kind) => `DELETE FROM audit_${kind} WHERE log_id = '${log}'`,
        ),
        `UPDATE audit_head SET size = 0, frontier = '' WHERE log_id = '${log}'`,
      ],
      "checkpoint-wrong",
    ],
    ["more logs than there were", () => ["UPDATE access_logs SET count = 7"], "entry-misplaced"],
  ];

const at = (log: string): string => `log_id = '${log}' AND idx = 5`;

describe("a random run over four access logs", () => {
  test("is whole, each person's reads in one log; and every edit of every log is found", async () => {
    await using sample = await sampleAudit(undefined, LOGS);
    const people = tenInEach();
    await live(sample, people);
    const { place, attack } = sample;
    const { store, faults } = await checked(place.url);
    assert.deepEqual(faults, []);
    await assertPlaced(store, people);
    await attack(...TABLES.map((table) => `CREATE TABLE saved_${table} AS TABLE ${table}`));
    await store.close();
    for (const log of accessLogs(store.logs)) {
      for (const [what, edit, fault] of EDITS) {
        await attack(...edit(log));
        const found = await checked(place.url);
        await found.store.close();
        assert.ok(
          found.faults.some((one) => one.endsWith(fault)),
          `${log}: ${what}: ${found.faults.join(" ")}`,
        );
        await attack(...PUT_BACK);
      }
    }
    // And the control: put back as it was, it is whole again.
    const after = await checked(place.url);
    assert.deepEqual(after.faults, []);
    await after.store.close();
  });

  test("hides no log: who takes one away is refused at the next opening", async () => {
    await using sample = await sampleAudit(undefined, LOGS);
    await live(sample, tenInEach());
    await sample.attack("UPDATE access_logs SET count = 2");
    await using store = await opened(sample.place.url);
    await using notaryStore = disposable(await openNotaryStore({ url: sample.place.url, region }));
    const notary = await openNotary(notaryStore, region, store.logs);
    await assert.rejects(refuseForks(store, notary), { code: "LOG_FORKED" });
  });
});

test("each access log is pruned by an entry of its own, and no other log's speaks for it", async () => {
  await using sample = await sampleAudit(undefined, 2);
  const { log, store, notary } = await sample.log();
  const people = accessLogs(store.logs).map((name) => personOf(name, store.logs));
  const reads = people.flatMap((subject) =>
    Array.from({ length: 300 }, () => draft("retrieve", subject)),
  );
  await Promise.all(reads.map((one) => log.record(one)));
  const rule = { actor: draft("prune", null).actor, tenant: word("acme"), region: word(region) };
  const before = (NOW + 1) as EpochMs;
  const prune = { ...rule, before, policy: word("rule"), held: false };
  assert.equal(await pruneAccessLogs(log, prune), 512);
  const entries = await store.entries("ledger", { from: 0, limit: 10 });
  assert.deepEqual(
    entries.map(({ bytes }) => readEntry(bytes!)["of"]),
    [undefined, "access-1"],
  );
  const whole = await checkLogs(store, notary);
  assert.deepEqual(
    whole.map(({ pruned, faults }) => [pruned, faults]),
    [
      [256, []],
      [256, []],
      [0, []],
    ],
  );
  await sample.attack("DELETE FROM audit_bytes WHERE log_id = 'access-1' AND idx = 256");
  const cut = await checkLogs(store, notary);
  assert.deepEqual(
    cut.map(({ faults }) => faults.map(({ fault }) => fault)),
    [[], ["bytes-missing"], []],
  );
});

function personOf(log: LogName, logs: readonly LogName[]): SubjectId {
  const subject = randomIds.next("subject");
  return accessLogOf(subject, logs) === log ? subject : personOf(log, logs);
}

function tenInEach(): readonly SubjectId[] {
  const logs: readonly LogName[] = ["access", "access-1", "access-2", "access-3", "ledger"];
  return accessLogs(logs).flatMap((log) => Array.from({ length: 10 }, () => personOf(log, logs)));
}

const TABLES = ["audit_head", "audit_leaf", "audit_bytes", "audit_hash", "access_logs"];
const PUT_BACK = TABLES.flatMap((table) => [
  `TRUNCATE ${table}`,
  `INSERT INTO ${table} TABLE saved_${table}`,
]);

type Sample = Awaited<ReturnType<typeof sampleAudit>>;

/** Two processes, whose lanes read, deny and restrict at random; each person has fifteen acts. */
async function live(sample: Sample, people: readonly SubjectId[]): Promise<void> {
  const logs = [await sample.log(), await sample.log()];
  const acts = Array.from({ length: 600 }, async (_, nth) => {
    const { log } = logs[nth % logs.length]!;
    const subject = people[(nth >> 1) % people.length]!;
    const chance = Math.random();
    if (chance < 0.02) return log.record(draft("retention.run", null));
    if (chance < 0.1) return log.record([draft("remember", subject), draft("remember", subject)]);
    return log.record(draft(chance < 0.2 ? "deny" : "retrieve", subject));
  });
  for (const done of await Promise.all(acts)) assert.equal(done.status, "appended");
  await logs[0]!.log.checkpoints.publish();
}

/** As the command line does: opened anew, so that nothing is known of before. */
async function checked(url: string) {
  const store = await opened(url);
  const notaryStore = await openNotaryStore({ url, region });
  const notary = await openNotary(notaryStore, region, store.logs);
  const checks = await checkLogs(store, notary);
  await notaryStore.close();
  const faults = checks.flatMap(({ log, faults }) => faults.map(({ fault }) => `${log} ${fault}`));
  return { store, faults };
}

async function assertPlaced(store: AuditStore, people: readonly SubjectId[]): Promise<void> {
  const used = new Set(people.map((subject) => accessLogOf(subject, store.logs)));
  assert.equal(used.size, LOGS, "control: the people are in all logs");
  for (const subject of people) {
    for (const log of accessLogs(store.logs)) {
      const [one] = await store.entries(log, { from: 0, limit: 1, subject });
      assert.equal(one !== undefined, log === accessLogOf(subject, store.logs));
    }
  }
}

async function opened(url: string, accessLogs?: number) {
  const logs = accessLogs === undefined ? {} : { accessLogs };
  return disposable(await openAuditStore({ url, region, ...logs }));
}

function disposable<Closes extends { close(): Promise<void> }>(one: Closes) {
  return Object.assign(one, { [Symbol.asyncDispose]: () => one.close() });
}
