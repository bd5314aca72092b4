import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { randomIds, type EpochMs, type NodeId, type SubjectId } from "#kernel";
import type { MemoryStore, NodeRow } from "#memory";

import { closeRace } from "../../../test/support/close-race.ts";
import {
  ada,
  ALL_KINDS,
  idsOf,
  LATER,
  links,
  NOW,
  of,
  put,
  row,
  time,
  under,
} from "../conformance/memory-samples.ts";
import { sampleMemory, type SampleMemory } from "./sample-stores.test.ts";

/** Stores with pools of their own stand for processes: the server cannot tell them apart. */
let place: Awaited<ReturnType<typeof sampleMemory>>;
let region: SampleMemory;
let one: MemoryStore;
let two: MemoryStore;
before(async () => {
  place = await sampleMemory();
});
after(() => place[Symbol.asyncDispose]());

async function open(): Promise<void> {
  region = await place.region();
  [one, two] = [await region.store(), await region.store()];
}

const numbered = (count: number): Uint8Array => Buffer.from(`tag ${count}`);

async function times(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 1) await work(at);
}

/** Looks until the writers are done, and once more. */
async function whileWriting(writers: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  const state = { writing: true };
  const written = writers.finally(() => (state.writing = false));
  do await look();
  while (state.writing);
  await written;
  await look();
}

describe("change numbers under writers of two connections", () => {
  before(open);

  test("are given once each, and who sees a number sees every row up to it", async () => {
    const reader = await region.store();
    const seen = { change: 0, looks: 0 };
    let written = 0;
    const insert = async (store: MemoryStore): Promise<void> => {
      // However slow the reader is, it looks a hundred times meanwhile.
      for (let at = 0; at < 1000 || (seen.looks <= 100 && at < 20_000); at += 1) {
        await put(store, row());
        written += 1;
      }
    };
    await whileWriting(Promise.all([insert(one), insert(two)]), async () => {
      const { change, rows } = await reader.load(ada, ALL_KINDS, seen.change);
      // Each insert is one row: as many rows came as numbers were given.
      assert.equal(rows.length, change - seen.change);
      Object.assign(seen, { change, looks: seen.looks + 1 });
    });
    assert.equal(seen.change, written);
    assert.ok(seen.looks > 100);
    const { rows } = await (
      await region.admin()
    ).query("SELECT count(DISTINCT change)::int AS given, max(change)::int AS last FROM node");
    assert.deepEqual(rows, [{ given: written, last: written }]);
  });

  test("lead a follower to what is visible, through swaps and purges", async () => {
    const live: NodeRow[] = await put(one, ...Array.from({ length: 50 }, () => row()));
    const held = new Map<NodeId, number>();
    let [seen, compared] = [0, 0];
    const swap = async () => {
      const [first] = live.splice(0, 1);
      const next = { ...first!, revision: first!.revision + 1 };
      if ((await one.swap(first!, next)) === "swapped") live.push(next);
    };
    const replace = async () => {
      const [first] = live.splice(0, 1);
      await two.purgeNodes(ada, [first!.node], LATER);
      live.push(...(await put(two, row())));
    };
    const look = async (): Promise<void> => {
      const { change, rows } = await one.load(ada, ALL_KINDS, seen);
      for (const { node, revision } of rows) held.set(node, revision);
      seen = change;
      const { change: latest, heads } = await one.heads(ada, ALL_KINDS);
      if (latest !== change) return;
      for (const { node, revision } of heads) assert.equal(held.get(node), revision);
      compared += 1;
    };
    // At the end of each spell nobody writes, and what is held can be compared.
    await times(12, () => {
      const writers = Promise.all([times(42, swap), times(42, replace)]);
      return whileWriting(writers, look);
    });
    assert.ok(compared >= 12);
  });
});

describe("what a write looks at holds until its commit", () => {
  before(open);

  test("of two calls with one tag one stores, and the other answers with its nodes", async () => {
    await times(300, async (at) => {
      const calls = [row(), row()].map((each) => of([each], under(numbered(at))));
      const outcomes = await Promise.all([one.insert(calls[0]!), two.insert(calls[1]!)]);
      const winner = outcomes.findIndex(({ status }) => status === "inserted");
      const known = { status: "known", nodes: idsOf(calls[winner]!.rows) };
      assert.deepEqual(outcomes[1 - winner], known);
    });
  });

  test("of two first inserts of a person both are kept, and each has a number", async () => {
    await times(100, async () => {
      const subject = randomIds.next("subject");
      await Promise.all([put(one, row({ subject })), put(two, row({ subject }))]);
      assert.equal((await one.load(subject, ALL_KINDS, 1)).rows.length, 1);
      assert.equal(await two.change(subject), 2);
    });
  });

  test("once a person is fenced nothing more comes to be, also of inserts under way", async () => {
    const race = { rounds: 300, outcomes: ["inserted", "fenced"] } as const;
    await closeRace<string>(race, async (insert, fence) => {
      const subject = randomIds.next("subject");
      await put(one, row({ subject }));
      const [atFence, { status }] = await Promise.all([
        fence(async () => {
          await one.fenceSubject(subject, randomIds.next("erasure"));
          return one.count(subject);
        }),
        insert(() => two.insert(of([row({ subject })]))),
      ]);
      assert.deepEqual(await two.count(subject), atFence);
      return status;
    });
  });

  test("what is made from a node while it is purged is refused, or named by the purge", async () => {
    const race = { rounds: 300, outcomes: ["inserted", "source-gone"] } as const;
    await closeRace<string>(race, async (insert, purge) => {
      const [source] = await put(one, row());
      const made = row({ kind: "derived" });
      const [{ stragglers }, { status }] = await Promise.all([
        purge(() => one.purgeNodes(ada, [source!.node], LATER)),
        insert(() => two.insert(of([made], { derivations: links(made, [source!]) }))),
      ]);
      assert.deepEqual(idsOf(stragglers), status === "inserted" ? [made.node] : []);
      return status;
    });
  });
});

test("purges of people who share events, and the sweep, never wait in a ring", async () => {
  await open();
  const admin = await region.admin();
  const deadlocks = async (): Promise<unknown> => {
    const query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    return (await admin.query(query)).rows;
  };
  const atFirst = await deadlocks();
  const tags = Array.from({ length: 30 }, (_, at) => numbered(at));
  const told = async (subject: SubjectId, events: readonly Uint8Array[], at: number) => {
    const rows = events.map((replayTag) => row({ subject, replayTag, createdAt: time(at) }));
    await one.insert({ ...of(rows, under(numbered(at % 7), time(at))), now: LATER });
    return idsOf(rows);
  };
  await times(100, async (at) => {
    const [left, right] = [randomIds.next("subject"), randomIds.next("subject")];
    const now = (NOW + 2 * at) as EpochMs;
    const nodes = [await told(left, tags, at), await told(right, tags.toReversed(), at)];
    await Promise.all([
      one.purgeNodes(left, nodes[0]!, now),
      two.purgeNodes(right, nodes[1]!, now),
      one.fenceReplays(tags.map((tag) => ({ tag, until: now }))),
      two.endFences(now),
    ]);
    await one.endFences(LATER);
  });
  assert.deepEqual(await deadlocks(), atFirst);
});
