import assert from "node:assert/strict";

import type { AuditStore, Effect, QueuedErasure, StagedErasure } from "#audit";
import { randomIds, word, type SubjectId } from "#kernel";

import {
  ada,
  ben,
  bump,
  consent,
  erasure,
  item,
  lease,
  NOW,
  other,
  read,
  waiting,
} from "./audit-samples.ts";
import type { Rule } from "./rule.ts";

const placeOf = ({ subject, id }: QueuedErasure): string => `${subject} ${id}`;

/** How an erasure stands, and what waits for one. */
export const auditErasureRules: readonly Rule<AuditStore>[] = [
  {
    rule: "an erasure is pending from its intent to its executed, and the gate says so",
    async check(store) {
      const begin = erasure(["n"]);
      const { subject, id } = begin.row;
      await store.append([item([begin])], NOW);
      const facts = await store.facts(ada);
      assert.deepEqual(facts.gate, { seq: 1, pending: 1 });
      assert.deepEqual(facts.pending[0]!.nodes, begin.row.nodes);
      const executed: Effect = { kind: "erasure.executed", subject, id, epoch: 1 };
      await store.append([item([executed])], NOW);
      assert.deepEqual((await store.facts(ada)).gate, { seq: 2, pending: 0 });
      assert.equal((await store.erasure(subject, id))!.stage, "executed");
      await store.append([item([executed])], NOW);
      assert.deepEqual((await store.facts(ada)).gate, { seq: 2, pending: 0 });
    },
  },
  {
    rule: "nodes that an erasure takes in later are with its plan, behind the others",
    async check(store) {
      const begin = erasure(["first"]);
      const late = { node: randomIds.next("node"), revision: 2 };
      const { subject, id } = begin.row;
      await store.append([item([begin])], NOW);
      const extend: Effect = { kind: "erasure.extend", subject, id, nodes: [late], held: [] };
      await store.append([item([extend])], NOW);
      const { gate, pending } = await store.facts(ada);
      assert.deepEqual(gate, { seq: 2, pending: 1 });
      assert.deepEqual(pending[0]!.nodes, [...begin.row.nodes!, late]);
      await store.append([item([{ kind: "erasure.executed", subject, id, epoch: 1 }])], NOW);
      await store.append([item([extend])], NOW);
      assert.deepEqual((await store.facts(ada)).pending, []);
    },
  },
  {
    rule: "an executed erasure is listed until it is final, by the epoch that ends it",
    async check(store) {
      const begin = erasure();
      const { subject, id } = begin.row;
      await store.append([item([begin])], NOW);
      await store.append([item([{ kind: "erasure.executed", subject, id, epoch: 3 }])], NOW);
      assert.deepEqual(await store.executed({ epochMax: 2, limit: 9 }), []);
      assert.equal((await store.executed({ epochMax: 3, limit: 9 })).length, 1);
      await store.append([item([{ kind: "erasure.final", subject, id }])], NOW);
      assert.deepEqual(await store.executed({ epochMax: 3, limit: 9 }), []);
      assert.equal((await store.erasure(subject, id))!.finalIndex, 2);
    },
  },
  {
    rule: "all rows that gates reads of a subject come with the ledger's size, over or not",
    async check(store) {
      const begin = erasure(["n"]);
      const { subject, id } = begin.row;
      const acts: Effect[] = [consent(true, 10), consent(false, 20), begin];
      for (const act of acts) await store.append([item([act])], NOW);
      await store.append([item([{ kind: "erasure.executed", subject, id, epoch: 4 }])], NOW);
      const { size, gate, consents, erasures } = await store.gateRows(ada);
      assert.deepEqual([size, gate], [4, { seq: 2, pending: 0 }]);
      assert.deepEqual(
        consents.map(({ granted, index }) => [granted, index]),
        [
          [true, 0],
          [false, 1],
        ],
      );
      const [{ stage, intentIndex, executedIndex, epoch }] = erasures as [StagedErasure];
      assert.deepEqual([stage, intentIndex, executedIndex, epoch], ["executed", 2, 3, 4]);
      const none = { size: 4, gate: { seq: 0, pending: 0 }, consents: [], erasures: [] };
      assert.deepEqual(await store.gateRows(ben), { ...none, restrictions: [], holds: [] });
    },
  },
  {
    rule: "subjects that the ledger or a row names are listed by id, each once, a page at a time",
    async check(store) {
      const carl = randomIds.next("subject");
      const dora = randomIds.next("subject");
      await store.append([item(), item([bump]), read(carl)], NOW);
      await store.append([item([consent(true, 10, { subject: ben })])], NOW);
      await store.append([item([{ kind: "gate", subject: dora, pending: 0 }])], NOW);
      const found: SubjectId[] = [];
      for (let after: SubjectId | null = null; ;) {
        const [next]: readonly SubjectId[] = await store.gateSubjects({ after, limit: 1 });
        if (next === undefined) break;
        found.push((after = next));
      }
      assert.deepEqual(found, [ada, ben, dora].toSorted());
      assert.deepEqual(await store.gateSubjects({ after: null, limit: 9 }), found);
    },
  },
  {
    rule: "what waits is read a page at a time, of one subject or of all, whatever leaves meanwhile",
    async check(store) {
      const rows = [ada, ben, ada].map(waiting);
      await store.append([item(rows.map((row) => ({ kind: "queue", row })))], NOW);
      const found: unknown[] = [];
      for (let after: QueuedErasure | null = null; ;) {
        const [next] = (await store.queued({ after, limit: 1 })) as readonly QueuedErasure[];
        if (next === undefined) break;
        found.push((after = next));
        await store.dequeue(next.subject, next.id);
      }
      const byPlace = rows.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
      assert.deepEqual(found, byPlace);
      await store.append([item(rows.map((row) => ({ kind: "queue", row })))], NOW);
      const bens = await store.queued({ after: null, limit: 9, subject: ben });
      assert.deepEqual(bens, [rows[1]]);
    },
  },
  {
    rule: "who is on hold is listed by id, unless for named memories alone",
    async check(store) {
      const hold = (subject: SubjectId, nodes: null | []): Effect => ({
        kind: "hold",
        row: {
          subject,
          id: randomIds.next("hold"),
          reason: word("suit"),
          case: word("c"),
          nodes,
          category: null,
          purpose: null,
          since: NOW,
        },
      });
      const page = { after: null, limit: 9 };
      assert.deepEqual(await store.heldSubjects(page), []);
      const holds = [
        hold(ben, null),
        hold(ben, null),
        hold(ada, null),
        hold(randomIds.next("subject"), []),
      ];
      await store.append([item(holds)], NOW);
      const [first, second] = [ada, ben].toSorted();
      assert.deepEqual(await store.heldSubjects(page), [first, second]);
      assert.deepEqual(await store.heldSubjects({ after: first!, limit: 9 }), [second]);
    },
  },
  {
    rule: "an erasure is leased to one holder at a time, and to another when the lease runs out",
    async check(store) {
      await store.append([item([erasure()])], NOW);
      assert.deepEqual(await store.claimErasures(other(NOW + 1), 9), []);
      const [claimed] = await store.claimErasures(other(NOW + 1001), 9);
      assert.equal(claimed!.subject, ada);
      assert.equal(await store.renewLease(ada, claimed!.id, lease), false);
      assert.deepEqual(await store.claimErasures(other(NOW + 1001), 9), []);
    },
  },
];
