import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";

import { randomIds, word } from "#kernel";

import { rootOf } from "./merkle.ts";
import { ada, draft, NOW, openSample, tamper, tempFolder } from "./sample-log.test.ts";

test("entries of one act stand together, and the index is that of the first", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await sample.log.record(draft("restrict"));
  const done = await sample.log.record([draft("erase.intent"), draft("erase.intent")]);
  assert.deepEqual(done, { status: "appended", log: "ledger", index: 1 });
  assert.equal((await sample.store.head("ledger")).size, 3);
});

test("an act without entries, or with entries of two logs, is broken code", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await assert.rejects(sample.log.record([draft("restrict"), draft("retrieve")]), {
    code: "ERR_ASSERTION",
  });
  await assert.rejects(sample.log.record([]), { code: "ERR_ASSERTION" });
});

test("a closed log refuses, and has signed what it took", async () => {
  using place = tempFolder();
  {
    await using sample = await openSample(place.path);
    const last = sample.log.record(draft());
    await sample.log.close();
    assert.equal((await last).status, "appended");
    await assert.rejects(sample.log.record(draft()), { code: "CLOSED" });
    assert.equal((await sample.notary.last("access"))!.size, 1);
  }
});

test("new entries are signed within a second, without being asked for", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await sample.fill(3);
  assert.equal(await sample.notary.last("access"), null);
  t.mock.timers.tick(1000);
  while ((await sample.notary.last("access")) === null) await turn();
  const last = await sample.notary.last("access");
  assert.deepEqual(Buffer.from(last!.root), Buffer.from(rootOf(await sample.store.head("access"))));
});

test("a log that is found forked while it runs takes no more entries", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await sample.fill(3);
  await sample.log.checkpoints.publish();
  tamper(sample.file, "UPDATE audit_head SET size = 0, frontier = x'' WHERE log_id = 'access'");
  t.mock.timers.tick(1000);
  // Signed or refused: the publisher has looked at the log by then.
  for (let turns = 0; turns < 100; turns += 1) await turn();
  await assert.rejects(sample.log.record(draft()), { code: "LOG_FORKED" });
});

test("a failed signature is tried again, and nothing is lost meanwhile", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  using place = tempFolder();
  let broken = true;
  await using sample = await openSample(place.path, (store) => ({
    ...store,
    head: (log) => (broken ? Promise.reject(new Error("no answer")) : store.head(log)),
  }));
  await sample.fill(2);
  t.mock.timers.tick(1000);
  for (let turns = 0; turns < 20; turns += 1) await turn();
  assert.equal((await sample.log.record(draft())).status, "appended");
  broken = false;
  t.mock.timers.tick(1000);
  while ((await sample.notary.last("access")) === null) await turn();
  assert.equal((await sample.notary.last("access"))!.size, 3);
});

test("what an act changes takes effect with its entry, or not at all", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  const row = {
    subject: ada,
    id: randomIds.next("restriction"),
    purpose: null,
    ground: word("contested"),
    since: NOW,
  };
  const effects = [
    { kind: "gate", subject: ada, pending: 0 } as const,
    { kind: "restrict", row } as const,
  ];
  await sample.log.record(draft("restrict"), { effects });
  // The same restriction again breaks a key: the entry of that act must not stand either.
  await assert.rejects(sample.log.record(draft("restrict"), { effects }), {
    code: "AUDIT_UNAVAILABLE",
  });
  const { gate, restrictions } = await sample.store.facts(ada);
  assert.deepEqual([gate.seq, restrictions.length], [1, 1]);
  assert.equal((await sample.store.head("ledger")).size, 1);
});
