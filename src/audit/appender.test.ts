import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";

import { LIMITS, OubliError, type EpochMs } from "#kernel";

import { openAuditStore } from "../store/sqlite/audit-store.ts";
import { createAppender } from "./appender.ts";
import type { Append, AuditStore } from "./audit-store.ts";
import { ada, clockAt, draft, openSample, sealed, tempFolder } from "./sample-log.test.ts";

const clock = clockAt();

const item = (check: Append["check"] = null): Append => ({
  log: "access",
  entries: [sealed()],
  check,
  effects: [],
});

const checkAt = (seq: number): Append["check"] => ({
  subject: ada,
  seq,
  policySeq: 0,
  notAfter: null,
});

/** A store that appends as `append` does, and can do nothing else. */
function storeThat(append: AuditStore["append"]): AuditStore {
  return { append } as Partial<AuditStore> as AuditStore;
}

/** Whether a promise is still open after some turns of the event loop. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => (settled = true);
  promise.then(note, note);
  for (let turns = 0; turns < 10; turns += 1) await turn();
  return !settled;
}

test("an append resolves when another process can read the entry, and not before", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  const other = openAuditStore(sample.file);
  const appender = createAppender(sample.store, clock);
  const indices = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const done = await appender.append(item());
      assert.ok(done.status === "appended" && (await other.head("access")).size > done.index);
      return done.index;
    }),
  );
  assert.deepEqual(indices, [...Array(50).keys()]);
  await other.close();
});

test("callers that are ready together share one commit, of limited size", async () => {
  const batches: number[] = [];
  const store = storeThat(async (batch) => {
    batches.push(batch.length);
    return batch.map(() => ({ status: "appended", index: 0 }));
  });
  const appender = createAppender(store, clock);
  await Promise.all(Array.from({ length: 600 }, () => appender.append(item())));
  assert.deepEqual(batches, [256, 256, 88]);
});

test("what arrives while a commit runs is the next batch, in the order it came", async () => {
  const batches: (readonly Append[])[] = [];
  const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
  const store = storeThat(async (batch) => {
    batches.push(batch);
    if (batches.length === 1) await committed;
    return batch.map(() => ({ status: "appended", index: 0 }));
  });
  const appender = createAppender(store, clock);
  const items = [item(), item(), item()] as const;
  const first = appender.append(items[0]);
  await turn();
  const [second, third] = [appender.append(items[1]), appender.append(items[2])];
  assert.ok((await isOpen(first)) && (await isOpen(second)));
  commit();
  await Promise.all([first, second, third]);
  assert.deepEqual(batches, [[items[0]], [items[1], items[2]]]);
});

test("an entry whose gate moved is told so, alone: its batch is appended", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  const effects = [{ kind: "gate", subject: ada, pending: 0 }] as const;
  await sample.log.record(draft("restrict"), { effects });
  const appender = createAppender(sample.store, clock);
  const seqs = [1, 0, 1];
  const outcomes = await Promise.all(seqs.map((seq) => appender.append(item(checkAt(seq)))));
  assert.deepEqual(outcomes, [
    { status: "appended", index: 0 },
    { status: "stale" },
    { status: "appended", index: 1 },
  ]);
});

test("when the store fails, every caller of the batch hears so; later ones go on", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  let broken = true;
  const store = storeThat(async (batch, now) => {
    if (broken) throw new OubliError("STORE_FULL");
    return sample.store.append(batch, now);
  });
  const appender = createAppender(store, clock);
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => appender.append(item())));
  for (const outcome of outcomes) {
    assert.ok(outcome.status === "rejected");
    assert.equal(outcome.reason.code, "AUDIT_UNAVAILABLE");
    assert.equal(outcome.reason.cause.code, "STORE_FULL");
  }
  assert.equal((await sample.store.head("access")).size, 0);
  broken = false;
  assert.deepEqual(await appender.append(item()), { status: "appended", index: 0 });
});

test("a commit of unknown outcome has failed: the log may say more, never less", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  const store = storeThat(async (batch, now) => {
    await sample.store.append(batch, now);
    throw new OubliError("STORE_UNAVAILABLE");
  });
  const appender = createAppender(store, clock);
  await assert.rejects(appender.append(item()), { code: "AUDIT_UNAVAILABLE" });
  assert.equal((await sample.store.head("access")).size, 1);
});

test("a store that hangs counts as failed in the end; nothing resolved meanwhile", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let hangs = true;
  const store = storeThat((batch) =>
    hangs
      ? new Promise(() => {})
      : Promise.resolve(batch.map(() => ({ status: "appended", index: 7 }))),
  );
  const appender = createAppender(store, clock);
  const appended = appender.append(item());
  assert.ok(await isOpen(appended));
  const behind = appender.append(item());
  t.mock.timers.tick(29_999);
  assert.ok((await isOpen(appended)) && (await isOpen(behind)));
  t.mock.timers.tick(1);
  await assert.rejects(appended, { code: "AUDIT_UNAVAILABLE" });
  await assert.rejects(behind, { code: "AUDIT_UNAVAILABLE" });
  hangs = false;
  assert.deepEqual(await appender.append(item()), { status: "appended", index: 7 });
});

test("a full queue turns new callers away, and nobody before them is answered", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const appender = createAppender(
    storeThat(() => new Promise(() => {})),
    clock,
  );
  const same = item();
  const waiting = Array.from({ length: LIMITS.auditQueueMax }, () => appender.append(same));
  await assert.rejects(appender.append(same), {
    code: "AUDIT_UNAVAILABLE",
    details: { waiting: LIMITS.auditQueueMax },
  });
  assert.ok(await isOpen(Promise.race(waiting)));
});

test("is drained when what waited is answered, whatever the answer", async () => {
  let answered = 0;
  const store = storeThat(async (batch, now: EpochMs) => {
    assert.equal(now, clock.now());
    await turn();
    answered += batch.length;
    throw new OubliError("STORE_FULL");
  });
  const appender = createAppender(store, clock);
  await appender.drained();
  const waiting = Promise.allSettled(Array.from({ length: 300 }, () => appender.append(item())));
  await appender.drained();
  assert.equal(answered, 300);
  await waiting;
});

test("of an entry alone an unknown outcome counts as failed; of what it carries it stays unknown", async () => {
  const lost = createAppender(
    storeThat(() => Promise.reject(new OubliError("OUTCOME_UNKNOWN"))),
    clock,
  );
  await assert.rejects(lost.append(item()), { code: "AUDIT_UNAVAILABLE" });
  const carrying = lost.append({ ...item(), carries: { calls: [] } });
  await assert.rejects(carrying, { code: "OUTCOME_UNKNOWN" });
});

test("it is idle until something is appended, and once that is settled", async () => {
  const appender = createAppender(
    storeThat(async () => [{ status: "appended", index: 0 }]),
    clock,
  );
  assert.equal(appender.isIdle(), true);
  const done = appender.append(item());
  assert.equal(appender.isIdle(), false);
  await done;
  await appender.drained();
  assert.equal(appender.isIdle(), true);
});
