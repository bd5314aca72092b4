import assert from "node:assert/strict";

import { randomIds, word } from "#kernel";
import type { MemoryStore, NodeRow } from "#memory";

import {
  ada,
  ben,
  bytes,
  derive,
  everything,
  idsOf,
  LATER,
  links,
  NOTHING,
  NOW,
  of,
  PURPOSES,
  put,
  row,
  sorted,
  time,
  under,
} from "./memory-samples.ts";
import type { Rule } from "./rule.ts";

/** What erasure rests on: purges, residue, replay fences. */
export const memoryPurgeRules: readonly Rule<MemoryStore>[] = [
  {
    rule: "a retried call cannot bring back what was purged since its first answer",
    async check(store) {
      const gone = row();
      const tag = bytes(9);
      await store.insert(of([gone], under(tag)));
      await store.purgeNodes(ada, [gone.node], LATER);
      const retried = await store.insert(of([row()], under(tag)));
      assert.deepEqual(retried, { status: "replay-of-erased" });
    },
  },
  {
    rule: "a purge removes nodes with vectors, derivations and tags, and counts them",
    async check(store) {
      const { gone, made } = await furnished(store);
      const { removed, stragglers } = await store.purgeNodes(ada, [gone.node, made.node], LATER);
      assert.deepEqual(removed, {
        nodes: 2,
        embeddings: 1,
        derivations: 1,
        sessions: 0,
        idempotency: 1,
      });
      assert.deepEqual(stragglers, []);
      assert.deepEqual(await store.residue(ada, { nodes: [gone.node, made.node] }), NOTHING);
      assert.deepEqual(await store.rows(ada, [gone.node, made.node]), []);
    },
  },
  {
    rule: "a purge leaves every other node of the subject, and all of others', as they were",
    async check(store) {
      const { gone, made, kept } = await furnished(store);
      const theirs = await furnished(store, ben);
      const before = await everything(store, ben);
      const nodes = idsOf([gone, made, ...Object.values(theirs)]);
      await store.purgeNodes(ada, nodes, LATER);
      assert.deepEqual(await everything(store, ben), before);
      assert.deepEqual(idsOf((await everything(store, ada)).nodes), [kept.node]);
    },
  },
  {
    rule: "a purge that is repeated finds nothing more",
    async check(store) {
      const { gone, made } = await furnished(store);
      await store.purgeNodes(ada, [gone.node, made.node], LATER);
      const again = await store.purgeNodes(ada, [gone.node, made.node], LATER);
      assert.deepEqual(again, { removed: NOTHING, stragglers: [] });
    },
  },
  {
    rule: "ids of another subject purge nothing, fence nothing and count as nothing",
    async check(store) {
      const { gone } = await furnished(store);
      const before = await everything(store, ada);
      assert.deepEqual(await store.purgeNodes(ben, [gone.node], LATER), {
        removed: NOTHING,
        stragglers: [],
      });
      assert.deepEqual(await everything(store, ada), before);
      assert.deepEqual(await store.residue(ben, { nodes: [gone.node] }), NOTHING);
      const look = { replay: [gone.replayTag!], purposes: PURPOSES, idempotency: null, now: NOW };
      assert.equal(await store.known(ben, look), null);
    },
  },
  {
    rule: "what was made from purged nodes beside the plan is named, until it is purged too",
    async check(store) {
      const [source] = await put(store, row());
      const straggler = await derive(store, [source!]);
      const below = await derive(store, [straggler]);
      const plan = [source!.node];
      for (const nodes of [1, 0]) {
        const { removed, stragglers } = await store.purgeNodes(ada, plan, LATER);
        assert.equal(removed.nodes, nodes);
        assert.deepEqual(sorted(stragglers), sorted([straggler, below]));
      }
      const rest = await store.purgeNodes(ada, idsOf([straggler, below]), LATER);
      assert.equal(rest.removed.derivations, 2);
      assert.deepEqual((await store.purgeNodes(ada, plan, LATER)).stragglers, []);
      const nodes = [...plan, straggler.node, below.node];
      assert.deepEqual(await store.residue(ada, { nodes }), NOTHING);
    },
  },
  {
    rule: "nothing can be made from a node once it is purged",
    async check(store) {
      const [source] = await put(store, row());
      await store.purgeNodes(ada, [source!.node], LATER);
      const made = row({ kind: "derived" });
      const insert = of([made], { derivations: links(made, [source!]) });
      assert.deepEqual(await store.insert(insert), { status: "source-gone" });
    },
  },
  {
    rule: "a repeated call writes nothing of what was purged, while something else of it stands",
    async check(store) {
      const [gone, kept] = [row(), row()];
      await store.insert(of([gone, kept], under(bytes(1))));
      await store.purgeNodes(ada, [gone.node], LATER);
      const again = await store.insert(of([row(), row()], under(bytes(1))));
      assert.deepEqual(again, { status: "known", nodes: [kept.node] });
      assert.equal((await store.count(ada)).memory, 1);
    },
  },
  {
    rule: "a replay fence is kept until the latest of its ends",
    async check(store) {
      const replayTag = bytes(1);
      const [mine] = await put(store, row({ replayTag }));
      const [theirs] = await put(store, row({ subject: ben, replayTag }));
      await store.purgeNodes(ada, [mine!.node], time(20));
      await store.purgeNodes(ben, [theirs!.node], time(10));
      const look = { replay: [replayTag], purposes: PURPOSES, idempotency: null };
      const replayed = { status: "replay-of-erased" };
      assert.deepEqual(await store.known(ada, { ...look, now: time(19) }), replayed);
      assert.equal(await store.known(ada, { ...look, now: time(20) }), null);
    },
  },
  {
    rule: "fences and tags whose time is over are removed and counted, and no others",
    async check(store) {
      const gone = await put(store, row({ replayTag: bytes(1) }), row({ replayTag: bytes(2) }));
      await store.purgeNodes(ada, [gone[0]!.node], time(10));
      await store.purgeNodes(ada, [gone[1]!.node], time(20));
      await store.insert(of([row(), row()], under(bytes(3), time(10))));
      await store.insert(of([row()], under(bytes(4), time(20))));
      assert.equal(await store.endFences(time(9)), 0);
      assert.equal(await store.endFences(time(10)), 3);
      assert.equal(await store.endFences(time(10)), 0);
      const look = { replay: [bytes(2)], purposes: PURPOSES, idempotency: null, now: NOW };
      assert.deepEqual(await store.known(ada, look), { status: "replay-of-erased" });
      assert.equal(await store.known(ada, { ...look, replay: [bytes(1)] }), null);
      assert.equal((await store.count(ada)).memory, 3);
      assert.equal(await store.endFences(time(20)), 2);
    },
  },
  {
    rule: "a fence that is put in refuses its event, until the latest of its ends",
    async check(store) {
      await store.fenceReplays([{ tag: bytes(1), until: time(20) }]);
      await store.fenceReplays([{ tag: bytes(1), until: time(10) }]);
      const look = { replay: [bytes(1)], purposes: PURPOSES, idempotency: null };
      const replayed = { status: "replay-of-erased" };
      assert.deepEqual(await store.known(ada, { ...look, now: time(19) }), replayed);
      assert.deepEqual(await store.insert(of([row({ replayTag: bytes(1) })])), replayed);
      assert.equal(await store.known(ada, { ...look, now: time(20) }), null);
    },
  },
  {
    rule: "nodes are planned with by all that a replay of them would be known by, and unsealed",
    async check(store) {
      const [told, alone] = [row({ replayTag: bytes(1) }), row()];
      await store.insert(of([told, row()], under(bytes(7), time(9))));
      await store.insert(of([row()], under(bytes(8))));
      await put(store, alone, row({ replayTag: bytes(2) }));
      const { body: _, embedding: __, replayTag: ___, ...meta } = told;
      const planned = await store.erasable(ada, idsOf([told, alone]));
      assert.deepEqual(sorted(planned), sorted([told, alone]));
      const tags = (node: NodeRow) => planned.find((found) => found.node === node.node)!.tags;
      assert.deepEqual(
        tags(told).map(({ tag, until }) => [[...tag], until]),
        [
          [[1], null],
          [[7], time(9)],
        ],
      );
      assert.deepEqual(tags(alone), []);
      const { tags: ____, ...rest } = planned.find(({ node }) => node === told.node)!;
      assert.deepEqual(rest, meta);
      assert.deepEqual(await store.erasable(ben, idsOf([told, alone])), []);
    },
  },
  {
    rule: "the events of a subject are read by their tags, a page at a time, without the held",
    async check(store) {
      const events = [3, 1, 2, 2, 4].map((tag, at) =>
        row({ replayTag: bytes(tag), purposes: [word(`p${at}`)] }),
      );
      for (const event of events) await put(store, event);
      await put(store, row());
      await put(store, row({ subject: ben, replayTag: bytes(9) }));
      const page = { except: [events[4]!.node], limit: 2 };
      const first = await store.replayTags(ada, { ...page, after: null });
      assert.deepEqual(
        first.map((tag) => [...tag]),
        [[1], [2]],
      );
      const rest = await store.replayTags(ada, { ...page, after: first.at(-1)! });
      assert.deepEqual(
        rest.map((tag) => [...tag]),
        [[3]],
      );
    },
  },
  {
    rule: "a subject of 5,000 nodes is purged in batches, none larger than its limit",
    async check(store) {
      const theirs = await put(store, row({ subject: ben }));
      for (let round = 0; round < 10; round += 1) {
        await put(store, ...Array.from({ length: 500 }, () => row({ embedding: bytes(1) })));
      }
      const batch = { except: [], limit: 600, fenceUntil: LATER };
      let left = 5000;
      for (let done = false; !done;) {
        const purged = await store.purgeSubject(ada, batch);
        assert.ok(purged.removed.nodes <= 600);
        assert.equal(purged.removed.embeddings, purged.removed.nodes);
        left -= purged.removed.nodes;
        assert.equal((await store.residue(ada, { except: [] })).nodes, left);
        done = purged.done;
        assert.equal(done, left === 0);
      }
      assert.deepEqual(await store.residue(ada, { except: [] }), NOTHING);
      assert.deepEqual(idsOf((await everything(store, ben)).nodes), idsOf(theirs));
    },
  },
  {
    rule: "a subject's purge removes sessions and tags too, and leaves nothing in any table",
    async check(store) {
      await furnished(store);
      await furnished(store, ben);
      const before = await everything(store, ben);
      assert.deepEqual(await store.residue(ada, { except: [] }), {
        nodes: 3,
        embeddings: 2,
        derivations: 1,
        sessions: 1,
        idempotency: 1,
      });
      const purged = await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      assert.deepEqual(purged, {
        removed: { nodes: 3, embeddings: 2, derivations: 1, sessions: 1, idempotency: 1 },
        done: true,
      });
      assert.deepEqual(await store.residue(ada, { except: [] }), NOTHING);
      assert.deepEqual(await everything(store, ben), before);
      assert.equal((await store.residue(ben, { except: [] })).sessions, 1);
    },
  },
  {
    rule: "a subject's purge is not done while any table holds more than a batch",
    async check(store) {
      for (let at = 0; at < 25; at += 1) await openSession(store, ada, bytes(at));
      const batch = { except: [], limit: 10, fenceUntil: LATER };
      const steps = [];
      for (let step = 0; step < 3; step += 1) {
        const { removed, done } = await store.purgeSubject(ada, batch);
        steps.push([removed.sessions, done]);
      }
      assert.deepEqual(steps, [
        [10, false],
        [10, false],
        [5, true],
      ]);
    },
  },
  {
    rule: "a subject's purge keeps the held nodes whole, and what they were made from if held",
    async check(store) {
      const [held, free] = await put(
        store,
        row({ embedding: bytes(1), replayTag: bytes(5) }),
        row({ embedding: bytes(2), replayTag: bytes(6) }),
      );
      const heldToo = await derive(store, [held!, free!]);
      const except = idsOf([held!, heldToo]);
      for (let step = 0; step < 2; step += 1) {
        assert.ok((await store.purgeSubject(ada, { except, limit: 9, fenceUntil: LATER })).done);
        const { nodes, from } = await everything(store, ada);
        assert.deepEqual(sorted(nodes), sorted([held!, heldToo]));
        assert.ok(nodes.some(({ embedding }) => embedding !== null));
        assert.deepEqual(from, links(heldToo, [held!]));
        assert.deepEqual(await store.residue(ada, { except }), NOTHING);
      }
      const look = { purposes: PURPOSES, idempotency: null, now: NOW };
      assert.equal(await store.known(ben, { ...look, replay: [bytes(5)] }), null);
      assert.notEqual(await store.known(ben, { ...look, replay: [bytes(6)] }), null);
      assert.ok((await store.purgeSubject(ada, { except: [], limit: 9, fenceUntil: LATER })).done);
      assert.deepEqual(await store.residue(ada, { except: [] }), NOTHING);
    },
  },
  {
    rule: "a subject's purge fences the events of its nodes under every later registration",
    async check(store) {
      await put(store, row({ replayTag: bytes(8) }));
      await store.fenceSubject(ada, randomIds.next("erasure"));
      await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      const anew = row({ subject: randomIds.next("subject"), replayTag: bytes(8) });
      assert.deepEqual(await store.insert(of([anew])), { status: "replay-of-erased" });
    },
  },
  {
    rule: "an erased subject stays fenced, and its change number does not start again",
    async check(store) {
      await put(store, row());
      await store.fenceSubject(ada, randomIds.next("erasure"));
      const before = await store.change(ada);
      await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      assert.ok((await store.change(ada)) > before);
      assert.equal(await store.isFenced(ada), true);
    },
  },
  {
    rule: "a purge of a subject that has nothing is done at once",
    async check(store) {
      const purged = await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      assert.deepEqual(purged, { removed: NOTHING, done: true });
    },
  },
];

/** A node with all that can hang on one, a node made from it, and one beside; and a session. */
async function furnished(
  store: MemoryStore,
  subject = ada,
): Promise<Record<"gone" | "made" | "kept", NodeRow>> {
  const gone = row({ subject, embedding: bytes(1), replayTag: bytes(subject === ada ? 1 : 2) });
  const kept = row({ subject, embedding: bytes(2) });
  assert.equal((await store.insert(of([gone], under(bytes(3))))).status, "inserted");
  await put(store, kept);
  const made = await derive(store, [gone]);
  await openSession(store, subject, bytes(4));
  return { gone, made, kept };
}

async function openSession(store: MemoryStore, subject: typeof ada, tag: Uint8Array) {
  const candidate = { id: randomIds.next("session"), purpose: word("p"), startedAt: NOW };
  assert.notEqual(await store.session(subject, tag, candidate), "fenced");
}
