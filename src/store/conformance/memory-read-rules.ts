import assert from "node:assert/strict";

import { randomIds, word, type NodeId, type SubjectId } from "#kernel";
import type { ListCursor, MemoryStore, NodeFilter, NodeKind, NodeRow } from "#memory";

import {
  ada,
  ALL_KINDS,
  ben,
  bytes,
  derive,
  idsOf,
  LATER,
  links,
  NOW,
  of,
  put,
  row,
  sorted,
  time,
} from "./memory-samples.ts";
import type { Rule } from "./rule.ts";

/** What reads promise: working sets, listings, what was made from what, sessions, counts. */
export const memoryReadRules: readonly Rule<MemoryStore>[] = [
  {
    rule: "a change number starts at 0 and grows by one with each insert, swap and purge",
    async check(store) {
      assert.equal(await store.change(ada), 0);
      const [first] = await put(store, row(), row());
      assert.equal(await store.change(ada), 1);
      await store.swap(first!, { ...first!, revision: 2 });
      assert.equal(await store.change(ada), 2);
      await store.purgeNodes(ada, [first!.node], LATER);
      assert.equal(await store.change(ada), 3);
      await store.purgeSubject(ada, { except: [], limit: 10, fenceUntil: LATER });
      assert.equal(await store.change(ada), 4);
      assert.equal(await store.change(ben), 0);
    },
  },
  {
    rule: "a write that is refused, and a purge that finds nothing, leave the change number",
    async check(store) {
      const [first] = await put(store, row({ replayTag: bytes(1) }));
      await store.insert(of([row({ replayTag: bytes(1) })]));
      await store.swap({ ...first!, revision: 9 }, first!);
      await store.purgeNodes(ada, [randomIds.next("node")], LATER);
      await store.purgeSubject(ben, { except: [], limit: 10, fenceUntil: LATER });
      assert.equal(await store.change(ada), 1);
      assert.equal(await store.change(ben), 0);
    },
  },
  {
    rule: "a load gives the rows written after a change number, with the number they stand for",
    async check(store) {
      const [one] = await put(store, row());
      const [two, three] = await put(store, row({ embedding: bytes(2) }), row({ kind: "block" }));
      await put(store, row({ subject: ben }));
      const next = { ...one!, revision: 2 };
      await store.swap(one!, next);
      const loaded = async (after: number, kinds = ALL_KINDS) => {
        const { change, rows } = await store.load(ada, kinds, after);
        assert.equal(change, 3);
        return sorted(rows);
      };
      assert.deepEqual(await loaded(0), sorted([one!, two!, three!]));
      assert.deepEqual(await loaded(0, ["memory"]), sorted([one!, two!]));
      assert.deepEqual(await loaded(1), sorted([one!, two!, three!]));
      assert.deepEqual(await loaded(1, ["block"]), [three!.node]);
      assert.deepEqual(await loaded(2), [next.node]);
      assert.deepEqual(await loaded(3), []);
      assert.deepEqual(await loaded(0, []), []);
    },
  },
  {
    rule: "heads give each visible node of the kinds once, at its revision",
    async check(store) {
      const [one, two] = await put(store, row(), row({ kind: "edge" }), row({ kind: "block" }));
      await put(store, row({ subject: ben }));
      await store.swap(two!, { ...two!, revision: 2 });
      const { change, heads } = await store.heads(ada, ["memory", "edge"]);
      assert.equal(change, 2);
      assert.deepEqual(
        heads.toSorted((left, right) => left.revision - right.revision),
        [
          { node: one!.node, revision: 1 },
          { node: two!.node, revision: 2 },
        ],
      );
      assert.deepEqual((await store.heads(ben, ["edge"])).heads, []);
    },
  },
  {
    rule: "who follows by load and heads always holds what is visible",
    async check(store) {
      const held = new Map<NodeId, number>();
      let seen = 0;
      const all: NodeRow[] = [];
      for (let step = 0; step < 40; step += 1) {
        const [first] = all;
        if (step % 5 === 4 && first) await store.purgeNodes(ada, [all.shift()!.node], LATER);
        else if (step % 7 === 6 && first) {
          all[0] = { ...first, revision: first.revision + 1 };
          await store.swap(first, all[0]);
        } else all.push(...(await put(store, row())));

        const { change, rows } = await store.load(ada, ALL_KINDS, seen);
        for (const { node, revision } of rows) held.set(node, revision);
        const { heads } = await store.heads(ada, ALL_KINDS);
        const visible = new Set(idsOf(heads));
        for (const node of held.keys()) if (!visible.has(node)) held.delete(node);
        assert.ok(change > seen);
        seen = change;
        assert.deepEqual(
          [...held].sort(),
          all.map(({ node, revision }) => [node, revision] as const).toSorted(),
        );
      }
    },
  },
  {
    rule: "rows are given for the ids that are the subject's, each once, however many are asked",
    async check(store) {
      const mine = await put(store, ...Array.from({ length: 3 }, () => row()));
      const theirs = await put(store, row({ subject: ben }));
      const strange = Array.from({ length: 20_000 }, () => randomIds.next("node"));
      const asked = [...idsOf(theirs), ...strange, ...idsOf(mine)];
      assert.deepEqual(sorted(await store.rows(ada, asked)), sorted(mine));
      assert.deepEqual(await store.rows(ada, []), []);
    },
  },
  {
    rule: "a listing is newest first, then by id, and shows nothing that is sealed",
    async check(store) {
      const rows = await put(store, ...[3, 1, 2, 2, 2].map((at) => row({ createdAt: time(at) })));
      const page = await list(store, {}, { after: null, limit: 10 });
      assert.deepEqual(idsOf(page), idsOf(rows.toSorted(newestFirst)));
      const { body: _, embedding: __, replayTag: ___, ...meta } = rows[0]!;
      assert.deepEqual(page[0], meta);
      assert.deepEqual(await store.list(ben, { kinds: ALL_KINDS }, FIRST_PAGE), []);
    },
  },
  {
    rule: "pages of a listing give every node exactly once, through equal times",
    async check(store) {
      const times = Array.from({ length: 57 }, (_, at) => Math.floor(at / 10));
      const session = randomIds.next("session");
      const rows = await put(store, ...times.map((at) => row({ createdAt: time(at), session })));
      for (const [limit, filter] of [
        [1, {}],
        [7, {}],
        [10, { session }],
        [100, { session }],
      ] as const) {
        const seen: NodeId[] = [];
        for (let after: ListCursor | null = null; ;) {
          const page = await list(store, filter, { after, limit });
          assert.ok(page.length <= limit);
          seen.push(...idsOf(page));
          if (page.length === 0) break;
          const { createdAt, node } = page.at(-1)!;
          after = { createdAt, node };
        }
        assert.deepEqual(seen, idsOf(rows.toSorted(newestFirst)));
      }
    },
  },
  {
    rule: "a listing goes on from a place whose node is gone meanwhile",
    async check(store) {
      const rows = await put(store, ...[1, 2, 2, 2, 3].map((at) => row({ createdAt: time(at) })));
      const order = rows.toSorted(newestFirst);
      await store.purgeNodes(ada, [order[2]!.node], LATER);
      const page = await list(store, {}, { after: order[2]!, limit: 10 });
      assert.deepEqual(idsOf(page), idsOf(order.slice(3)));
    },
  },
  {
    rule: "a listing gives exactly the nodes that every part of its filter takes",
    async check(store) {
      const session = randomIds.next("session");
      const rows = await put(store, ...variety(session));
      const filters = combinations(session);
      for (const filter of filters) {
        const wanted = rows.filter((each) => takes(filter, each)).toSorted(newestFirst);
        const found = await store.list(ada, filter, { after: null, limit: 1000 });
        assert.deepEqual(idsOf(found), idsOf(wanted), JSON.stringify(filter));
      }
      assert.ok(filters.length > 200);
    },
  },
  {
    rule: "direct derivations are given from either side, in order, and to their subject alone",
    async check(store) {
      const sources = await put(store, row(), row(), row());
      const made = await derive(store, sources);
      const edge = await derive(store, [sources[1]!, sources[1]!], { kind: "edge" });
      assert.deepEqual(await store.derivations(ada, { derived: made.node }), links(made, sources));
      assert.deepEqual(await store.derivations(ada, { source: sources[1]!.node }), [
        links(made, sources)[1],
        ...links(edge, [sources[1]!, sources[1]!]),
      ]);
      assert.deepEqual(await store.derivations(ben, { derived: made.node }), []);
      assert.deepEqual(await store.derivations(ben, { source: sources[1]!.node }), []);
    },
  },
  {
    rule: "what was made from nodes is everything down the line, each once, not the nodes",
    async check(store) {
      const [root, other] = await put(store, row(), row());
      const left = await derive(store, [root!]);
      const right = await derive(store, [root!, other!]);
      const both = await derive(store, [left, right], { kind: "block" });
      const made = await store.madeFrom(ada, [root!.node, left.node]);
      assert.deepEqual(sorted(made), sorted([right, both]));
      assert.deepEqual(made[0]!.revision, 1);
      assert.deepEqual(sorted(await store.madeFrom(ada, [other!.node])), sorted([right, both]));
      assert.deepEqual(await store.madeFrom(ada, [both.node]), []);
      assert.deepEqual(await store.madeFrom(ada, []), []);
      assert.deepEqual(await store.madeFrom(ben, [root!.node]), []);
    },
  },
  {
    rule: "kinds that are excepted are neither named nor followed",
    async check(store) {
      const [root] = await put(store, row());
      const block = await derive(store, [root!], { kind: "block" });
      const below = await derive(store, [block]);
      const beside = await derive(store, [root!, below]);
      const made = await store.madeFrom(ada, [root!.node], ["block"]);
      assert.deepEqual(idsOf(made), [beside.node]);
    },
  },
  {
    rule: "the search for what was made ends, also in a ring and down a long line",
    async check(store) {
      const [one, two] = [row({ kind: "derived" }), row({ kind: "derived" })];
      const ring = [...links(one, [two]), ...links(two, [one])];
      assert.equal((await store.insert(of([one, two], { derivations: ring }))).status, "inserted");
      assert.deepEqual(idsOf(await store.madeFrom(ada, [one.node])), [two.node]);
      const line = Array.from({ length: 1000 }, () => row({ kind: "derived" }));
      const derivations = line.slice(1).flatMap((made, at) => links(made, [line[at]!]));
      await store.insert(of(line, { derivations }));
      assert.equal((await store.madeFrom(ada, [line[0]!.node])).length, 999);
    },
  },
  {
    rule: "a thread's session is the one that was made first, for each subject its own",
    async check(store) {
      const tag = bytes(0, 5);
      const ask = (subject: SubjectId, purpose: "one" | "two") => {
        const id = randomIds.next("session");
        return store.session(subject, tag, { id, purpose: word(purpose), startedAt: NOW });
      };
      const first = await ask(ada, "one");
      const later = await Promise.all([ask(ada, "two"), ask(ada, "two")]);
      assert.deepEqual(later, [first, first]);
      const theirs = await ask(ben, "two");
      assert.ok(theirs !== "fenced" && first !== "fenced" && theirs.id !== first.id);
      assert.equal(theirs.purpose, "two");
    },
  },
  {
    rule: "a session's next position is after its last node, for each subject and session",
    async check(store) {
      const [session, other] = [randomIds.next("session"), randomIds.next("session")];
      assert.equal(await store.nextPosition(ada, session), 0);
      await put(store, row({ session, position: 4 }), row({ session: other, position: 9 }));
      assert.equal(await store.nextPosition(ada, session), 5);
      assert.equal(await store.nextPosition(ada, other), 10);
      assert.equal(await store.nextPosition(ben, session), 0);
    },
  },
  {
    rule: "a node is expired from the very moment it names; the oldest are given first",
    async check(store) {
      const [late, early] = await put(store, row({ expiresAt: time(7) }), row());
      const [soon] = await put(store, row({ subject: ben, expiresAt: time(3) }));
      assert.deepEqual(await store.expired(time(2), 10), []);
      const oldest = { subject: ben, node: soon!.node };
      assert.deepEqual(await store.expired(time(3), 10), [oldest]);
      assert.deepEqual(await store.expired(time(7), 1), [oldest]);
      const last = { subject: ada, node: late!.node };
      assert.deepEqual(await store.expired(time(99), 10), [oldest, last]);
      await store.purgeNodes(ben, [soon!.node], LATER);
      assert.deepEqual(await store.expired(time(99), 10), [last]);
      assert.ok(early!.expiresAt === null);
    },
  },
  {
    rule: "an end is brought forward, and never moved back",
    async check(store) {
      const [late, endless] = await put(store, row({ expiresAt: time(7) }), row());
      const at = (ms: number) =>
        [late!, endless!].map(({ node }) => ({ node, expiresAt: time(ms) }));
      assert.equal(await store.endSooner(ben, at(1)), 0);
      assert.equal(await store.endSooner(ada, at(7)), 1);
      assert.equal(await store.endSooner(ada, at(5)), 2);
      assert.equal(await store.endSooner(ada, at(6)), 0);
      const rows = await store.rows(ada, [late!.node, endless!.node]);
      assert.deepEqual(
        rows.map(({ expiresAt }) => expiresAt),
        [time(5), time(5)],
      );
      assert.equal((await store.expired(time(5), 10)).length, 2);
    },
  },
  {
    rule: "nodes are counted by kind, and every kind is named",
    async check(store) {
      assert.deepEqual(await store.count(ada), { memory: 0, derived: 0, block: 0, edge: 0 });
      await put(store, row(), row(), row({ kind: "edge" }));
      assert.deepEqual(await store.count(ada), { memory: 2, derived: 0, block: 0, edge: 1 });
      assert.equal((await store.count(ben)).memory, 0);
    },
  },
  {
    rule: "the applied ledger index starts at -1 and never moves back",
    async check(store) {
      assert.equal(await store.appliedLedgerIndex(), -1);
      for (const index of [4, 5, 2, 5, 3]) await store.setAppliedLedgerIndex(index);
      assert.equal(await store.appliedLedgerIndex(), 5);
    },
  },
  {
    rule: "a store that is closed reads and writes nothing",
    async check(store) {
      await store.close();
      await assert.rejects(store.change(ada), { code: "CLOSED" });
      await assert.rejects(store.insert(of([row()])), { code: "CLOSED" });
      await store.close();
    },
  },
];

const FIRST_PAGE = { after: null, limit: 10 };

function list(
  store: MemoryStore,
  filter: Partial<NodeFilter>,
  page: { readonly after: ListCursor | null; readonly limit: number },
) {
  return store.list(ada, { kinds: ALL_KINDS, ...filter }, page);
}

function newestFirst(left: NodeRow, right: NodeRow): number {
  return right.createdAt - left.createdAt || (left.node < right.node ? -1 : 1);
}

/** Nodes that differ in everything a listing filters by. */
function variety(session: NodeRow["session"]): NodeRow[] {
  const categories = [["health"], ["mental_health"], ["finance", "health"]] as const;
  return Array.from({ length: 48 }, (_, at) =>
    row({
      kind: ALL_KINDS[at % 4]!,
      category: categories[at % 3]![0] as NodeRow["category"],
      categories: categories[at % 3] as readonly string[] as NodeRow["categories"],
      purposes: at % 5 === 0 ? [word("support")] : [word("assistant"), word("support_b")],
      session: at % 2 === 0 ? session : null,
      createdAt: time(Math.floor(at / 6)),
    }),
  );
}

function combinations(session: NodeRow["session"]): NodeFilter[] {
  const kinds: readonly (readonly NodeKind[])[] = [ALL_KINDS, ["memory"], ["block", "edge"], []];
  const parts: readonly (readonly Partial<NodeFilter>[])[] = [
    [{}, { category: word("health") }, { category: word("heal") }],
    [{}, { purpose: word("support") }, { purpose: word("assistant") }],
    [{}, { session: session! }],
    [{}, { since: time(2) }],
    [{}, { until: time(5) }],
  ];
  let filters: NodeFilter[] = kinds.map((each) => ({ kinds: each }));
  for (const choices of parts) {
    filters = filters.flatMap((filter) =>
      choices.map((choice) => Object.assign({}, filter, choice)),
    );
  }
  return filters;
}

function takes(filter: NodeFilter, { kind, categories, purposes, session, createdAt }: NodeRow) {
  return (
    filter.kinds.includes(kind) &&
    (filter.category === undefined || categories.includes(filter.category)) &&
    (filter.purpose === undefined || purposes.includes(filter.purpose)) &&
    (filter.session === undefined || session === filter.session) &&
    (filter.since === undefined || createdAt >= filter.since) &&
    (filter.until === undefined || createdAt < filter.until)
  );
}
