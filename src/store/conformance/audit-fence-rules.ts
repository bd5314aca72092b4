import assert from "node:assert/strict";

import type { AuditStore, Effect, ReplayFence } from "#audit";
import { word, type EpochMs, type Word } from "#kernel";

import { ada, erasure, item, lease, NOW, other } from "./audit-samples.ts";
import type { Rule } from "./rule.ts";

const fence = (tag: number, at: number): ReplayFence => ({
  tag: new Uint8Array([tag]),
  until: (NOW + at) as EpochMs,
});

const all = { from: 0 as EpochMs, to: null, after: null, limit: 100 } as const;

const plain = (fences: readonly ReplayFence[]) =>
  fences.map(({ tag, until }) => [...tag, until - NOW]);

/** An erasure after which something is to be made anew. */
function remaking(...derivers: readonly Word[]) {
  const begin = erasure(["n"]);
  const remake = derivers.map((deriver) => ({
    deriver,
    purpose: word("p"),
    session: null,
    sources: [],
  }));
  const { subject, id } = begin.row;
  const executed: Effect = { kind: "erasure.executed", subject, id, epoch: 1 };
  return { begin: { ...begin, row: { ...begin.row, remake } }, executed, subject, id, remake };
}

/** What of an erasure outlives its rows: fences, and what is to be made anew. */
export const auditFenceRules: readonly Rule<AuditStore>[] = [
  {
    rule: "replay fences come with their entry, or not at all",
    async check(store) {
      const effect: Effect = { kind: "replay.fence", fences: [fence(1, 10)] };
      const stale = { subject: ada, seq: 7, policySeq: 0, notAfter: null };
      assert.deepEqual(await store.append([item([effect], stale)], NOW), [{ status: "stale" }]);
      assert.deepEqual(await store.replayFences(all), []);
      await store.append([item([effect])], NOW);
      assert.deepEqual(plain(await store.replayFences(all)), [[1, 10]]);
    },
  },
  {
    rule: "a fence is kept until the latest of its ends",
    async check(store) {
      await store.fenceReplays([fence(1, 20)]);
      await store.fenceReplays([fence(1, 10), fence(2, 10)]);
      assert.deepEqual(plain(await store.replayFences(all)), [
        [2, 10],
        [1, 20],
      ]);
    },
  },
  {
    rule: "fences are read by their ends, the first included and the last not, a page at a time",
    async check(store) {
      await store.fenceReplays([fence(1, 30), fence(2, 10), fence(3, 20), fence(4, 20)]);
      const span = { from: (NOW + 10) as EpochMs, to: (NOW + 30) as EpochMs, limit: 2 };
      const first = await store.replayFences({ ...span, after: null });
      assert.deepEqual(plain(first), [
        [2, 10],
        [3, 20],
      ]);
      const rest = await store.replayFences({ ...span, after: first.at(-1)! });
      assert.deepEqual(plain(rest), [[4, 20]]);
    },
  },
  {
    rule: "fences whose time is over are removed and counted, and no others",
    async check(store) {
      await store.fenceReplays([fence(1, 10), fence(2, 20)]);
      assert.equal(await store.endReplayFences((NOW + 9) as EpochMs), 0);
      assert.equal(await store.endReplayFences((NOW + 10) as EpochMs), 1);
      assert.deepEqual(plain(await store.replayFences(all)), [[2, 20]]);
    },
  },
  {
    rule: "what is to be made anew is claimed once its erasure is executed, and under a lease",
    async check(store) {
      const { begin, executed, subject, id, remake } = remaking(word("notes"), word("profile"));
      await store.append([item([begin])], NOW);
      assert.deepEqual(await store.claimRemakes(other(NOW + 5000), 9), []);
      await store.append([item([executed])], NOW);
      assert.deepEqual(
        await store.claimRemakes(other(NOW), 9),
        [],
        "who finished it has the lease",
      );
      assert.ok(await store.renewLease(subject, id, lease));
      const later = other(NOW + 5000);
      const [claimed] = await store.claimRemakes(later, 9);
      assert.deepEqual(claimed && "remake" in claimed && claimed.remake, remake);
      assert.deepEqual(await store.claimRemakes(other(NOW + 5000), 9), []);

      await store.settleRemakes(subject, id, remake.slice(1));
      const [left] = await store.claimRemakes(other(NOW + 5000), 9);
      assert.deepEqual(left && "remake" in left && left.remake, remake.slice(1));
      await store.settleRemakes(subject, id, []);
      assert.deepEqual(await store.claimRemakes(other(NOW + 90_000), 9), []);
    },
  },
  {
    rule: "an executed erasure after which nothing is to be made is not claimed again",
    async check(store) {
      const { begin, executed } = remaking();
      await store.append([item([begin]), item([executed])], NOW);
      assert.deepEqual(await store.claimRemakes(other(NOW + 5000), 9), []);
      assert.deepEqual(await store.claimErasures(other(NOW + 5000), 9), []);
    },
  },
  {
    rule: "nodes that a hold keeps from an erasure later stand with those that its plan left to one",
    async check(store) {
      const begin = erasure();
      const { subject, id } = begin.row;
      const [first, late] = erasure(["a", "b"]).row.nodes!.map(({ node }) => node);
      const row = { ...begin.row, held: [first!] };
      await store.append([item([{ ...begin, row }])], NOW);
      const extend: Effect = { kind: "erasure.extend", subject, id, nodes: [], held: [late!] };
      await store.append([item([extend])], NOW);
      const { pending } = await store.facts(ada);
      assert.deepEqual(pending[0]!.held, [first, late]);
      assert.equal(pending[0]!.nodes, null);
    },
  },
];
