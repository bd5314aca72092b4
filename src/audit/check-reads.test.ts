import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomIds, type ErasureId, type NodeId, type SubjectId } from "#kernel";

import { checkLogs } from "./check-log.ts";
import { checkReads } from "./check-reads.ts";
import type { Draft } from "./entry.ts";
import { ada, ben, draft, openSample, tempFolder } from "./sample-log.test.ts";

const tea = randomIds.next("node");
const coffee = randomIds.next("node");
const held = randomIds.next("node");

interface Act {
  readonly gate: number;
  readonly subject?: SubjectId;
}

const ref = (id: NodeId, revision = 1) => ({ id, revision });

const read = ({ gate, subject = ada }: Act, ...nodes: ReturnType<typeof ref>[]) =>
  draft("retrieve", { subject, facts: { gate, nodes } });

function erase(
  { gate, subject = ada }: Act,
  nodes: readonly ReturnType<typeof ref>[] | null,
  { erasure = randomIds.next("erasure"), kept = [] as readonly NodeId[] } = {},
) {
  return draft("erase.intent", { subject, facts: { gate, erasure, nodes, held: kept } });
}

const correct = (gate: number, node: ReturnType<typeof ref>, erasure: ErasureId) =>
  draft("correct.intent", { facts: { gate, erasure, nodes: [node], held: [] } });

type Acts = readonly (Draft | readonly Draft[])[];

/** Writes acts, in this order, and gives the indices of the faulty reads. */
async function faultyReads(acts: Acts, plannedMax?: number): Promise<number[]> {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  for (const act of acts) await sample.log.record(act);
  const faults = await checkReads(sample.store, {
    faultsMax: 100,
    ...(plannedMax && { plannedMax }),
  });
  return faults.map(({ index }) => index);
}

describe("after an erasure", () => {
  test("a read of an erased node is a fault, at whatever revision", async () => {
    const acts = [erase({ gate: 4 }, [ref(tea)]), read({ gate: 4 }, ref(coffee), ref(tea, 3))];
    assert.deepEqual(await faultyReads(acts), [0]);
  });

  test("a read that was decided before it is none, even if it was written later", async () => {
    const acts = [erase({ gate: 4 }, [ref(tea)]), read({ gate: 3 }, ref(tea))];
    assert.deepEqual(await faultyReads(acts), []);
  });

  test("reads of other nodes, and of nothing, are none", async () => {
    const acts = [
      erase({ gate: 1 }, [ref(tea)]),
      read({ gate: 9 }, ref(coffee)),
      read({ gate: 9 }),
    ];
    assert.deepEqual(await faultyReads(acts), []);
  });

  test("an export of an erased node is a fault as well", async () => {
    const facts = { gate: 2, nodes: [ref(tea)] };
    const acts = [erase({ gate: 2 }, [ref(tea)]), draft("export", { facts })];
    assert.deepEqual(await faultyReads(acts), [0]);
  });

  test("the first of several intents counts", async () => {
    const acts = [
      erase({ gate: 2 }, [ref(tea)]),
      erase({ gate: 7 }, [ref(tea), ref(coffee)]),
      read({ gate: 5 }, ref(tea)),
      read({ gate: 5 }, ref(coffee)),
    ];
    assert.deepEqual(await faultyReads(acts), [0]);
  });

  test("an intent that is split over entries is one: each of its nodes is looked for", async () => {
    const erasure = randomIds.next("erasure");
    const parts = [tea, coffee].map((node) => erase({ gate: 2 }, [ref(node)], { erasure }));
    const acts = [parts, read({ gate: 2 }, ref(coffee)), read({ gate: 2 }, ref(tea))];
    assert.deepEqual(await faultyReads(acts), [0, 1]);
  });

  test("a node that was named later is forbidden from then on, and not before", async () => {
    const erasure = randomIds.next("erasure");
    const acts = [
      erase({ gate: 2 }, [ref(tea)], { erasure }),
      erase({ gate: 4 }, [ref(coffee)], { erasure }),
      read({ gate: 3 }, ref(coffee)),
      read({ gate: 4 }, ref(coffee)),
    ];
    assert.deepEqual(await faultyReads(acts), [1]);
  });

  test("of one person, what another person's reads name is no matter", async () => {
    const acts = [erase({ gate: 1 }, [ref(tea)]), read({ gate: 5, subject: ben }, ref(tea))];
    assert.deepEqual(await faultyReads(acts), []);
  });

  test("each person's erasures are looked at, each once", async () => {
    const acts = [
      erase({ gate: 1 }, [ref(tea)]),
      erase({ gate: 1, subject: ben }, [ref(coffee)]),
      erase({ gate: 2 }, [ref(coffee)]),
      read({ gate: 2 }, ref(coffee)),
      read({ gate: 2, subject: ben }, ref(coffee)),
    ];
    assert.deepEqual(await faultyReads(acts), [0, 1]);
  });
});

describe("after the erasure of a whole person", () => {
  test("a read of any node is a fault, but of one that a hold kept", async () => {
    const acts = [
      erase({ gate: 3 }, null, { kept: [held] }),
      read({ gate: 3 }, ref(held)),
      read({ gate: 3 }, ref(held), ref(tea)),
      read({ gate: 2 }, ref(tea)),
    ];
    assert.deepEqual(await faultyReads(acts), [1]);
  });

  test("held nodes may stand in several entries of the intent", async () => {
    const erasure = randomIds.next("erasure");
    const parts = [tea, held].map((node) => erase({ gate: 3 }, null, { erasure, kept: [node] }));
    const acts = [parts, read({ gate: 4 }, ref(tea), ref(held)), read({ gate: 4 }, ref(coffee))];
    assert.deepEqual(await faultyReads(acts), [1]);
  });
});

describe("after a correction", () => {
  const erasure = randomIds.next("erasure");

  test("a read of the old revision is a fault, and of the new one none", async () => {
    const acts = [
      correct(2, ref(tea, 1), erasure),
      read({ gate: 3 }, ref(tea, 2)),
      read({ gate: 3 }, ref(tea, 1)),
    ];
    assert.deepEqual(await faultyReads(acts), [1]);
  });

  test("that was undone, the old revision may be read again", async () => {
    const acts = [
      correct(2, ref(tea), erasure),
      draft("correct.aborted", { facts: { erasure, intent: 0 } }),
      read({ gate: 3 }, ref(tea)),
    ];
    assert.deepEqual(await faultyReads(acts), []);
  });
});

test("pages and passes hide nothing: thousands of planned nodes, hundreds of reads", async () => {
  const nodes = Array.from({ length: 3000 }, () => ref(randomIds.next("node")));
  const erasure = randomIds.next("erasure");
  const parts = [0, 1, 2].map((part) =>
    erase({ gate: 2 }, nodes.slice(part * 1000, part * 1000 + 1000), { erasure }),
  );
  const reads = Array.from({ length: 700 }, (_, at) =>
    read({ gate: 2 }, at % 100 === 99 ? nodes[at * 4]! : ref(coffee)),
  );
  const found = [99, 199, 299, 399, 499, 599, 699];
  assert.deepEqual(await faultyReads([parts, reads]), found);
  const inPasses = await faultyReads([parts, reads], 1000);
  assert.deepEqual(
    inPasses.toSorted((a, b) => a - b),
    found,
  );
});

test("a pass never parts the held nodes of one erasure: a held node is no fault", async () => {
  const erasure = randomIds.next("erasure");
  const parts = [tea, held].map((node) => erase({ gate: 3 }, null, { erasure, kept: [node] }));
  assert.deepEqual(await faultyReads([parts, read({ gate: 4 }, ref(tea), ref(held))], 1), []);
});

test("the full check of the log reports such a read, and is content without it", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  const { log, store, notary } = sample;
  await log.record(erase({ gate: 2 }, [ref(tea)]));
  await log.record(read({ gate: 1 }, ref(tea)));
  const [before] = await checkLogs(store, notary);
  assert.deepEqual(before!.faults, []);
  await log.record(read({ gate: 2 }, ref(tea)));
  const [access] = await checkLogs(store, notary);
  assert.deepEqual(access!.faults, [{ fault: "read-after-erasure", index: 1 }]);
});

test("no more faults are listed than were asked for", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await sample.log.record(erase({ gate: 2 }, null));
  for (let at = 0; at < 5; at += 1) await sample.log.record(read({ gate: 2 }, ref(tea)));
  assert.equal((await checkReads(sample.store, { faultsMax: 3 })).length, 3);
});
