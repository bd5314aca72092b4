import assert from "node:assert/strict";

import { randomIds, word } from "#kernel";
import type { MemoryStore } from "#memory";

import {
  ada,
  ALL_KINDS,
  ben,
  bytes,
  derive,
  everything,
  idsOf,
  LATER,
  links,
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

const erasure = randomIds.next("erasure");

/** What a write promises: insert, swap, the fences and the tags. */
export const memoryInsertRules: readonly Rule<MemoryStore>[] = [
  {
    rule: "for each event the node that holds it is named, and null where none does",
    async check(store) {
      const first = row({ replayTag: bytes(1) });
      const second = row({ replayTag: bytes(2) });
      await store.insert(of([first, second]));
      const tags = [bytes(2), null, bytes(3), bytes(1)];
      const nodes = [second.node, null, null, first.node];
      assert.deepEqual(await store.nodesOfEvents(ada, tags, PURPOSES), nodes);
      assert.deepEqual(await store.nodesOfEvents(ben, tags, PURPOSES), [null, null, null, null]);
    },
  },
  {
    rule: "an event that is held for other purposes alone is not known for this one, and is stored",
    async check(store) {
      const [hidden] = await put(store, row({ replayTag: bytes(1), purposes: [word("care")] }));
      const look = { replay: [bytes(1)], idempotency: null, now: NOW };
      assert.equal(await store.known(ada, { ...look, purposes: PURPOSES }), null);
      assert.deepEqual(await store.nodesOfEvents(ada, [bytes(1)], PURPOSES), [null]);
      const [mine] = await put(store, row({ replayTag: bytes(1) }));
      const both = [...PURPOSES, word("care")];
      assert.deepEqual(await store.nodesOfEvents(ada, [bytes(1)], PURPOSES), [mine!.node]);
      const known = await store.known(ada, { ...look, purposes: both });
      assert.deepEqual(
        known?.status === "known" && known.nodes.toSorted(),
        sorted([hidden!, mine!]),
      );

      await store.purgeNodes(ada, [mine!.node], LATER);
      const replayed = { status: "replay-of-erased" } as const;
      assert.deepEqual(await store.insert(of([row({ replayTag: bytes(1) })])), replayed);
      assert.deepEqual(await store.nodesOfEvents(ada, [bytes(1)], both), [hidden!.node]);
    },
  },
  {
    rule: "a row comes back field for field and byte for byte, NULs and empty bytes included",
    async check(store) {
      const full = row({
        kind: "derived",
        categories: [word("health"), word("finance")],
        purposes: [word("assistant"), word("support")],
        phi: true,
        updatedAt: time(5),
        expiresAt: time(9),
        session: randomIds.next("session"),
        position: 7,
        deriver: word("profile"),
        body: bytes(0, 255, 0),
        embedding: bytes(0),
        replayTag: bytes(0, 1, 0),
      });
      const bare = row({ body: bytes(), special: false });
      await put(store, full, bare);
      const found = await store.rows(ada, [full.node, bare.node]);
      for (const wanted of [full, bare]) {
        assert.deepEqual(
          found.find(({ node }) => node === wanted.node),
          wanted,
        );
      }
    },
  },
  {
    rule: "rows of one insert become visible together, or none of them does",
    async check(store) {
      const [kept] = await put(store, row());
      await assert.rejects(store.insert(of([row(), row(), { ...row(), node: kept!.node }])));
      assert.equal((await store.count(ada)).memory, 1);
      assert.equal(await store.change(ada), 1);
      await put(store, row(), row());
      assert.equal((await store.count(ada)).memory, 3);
    },
  },
  {
    rule: "inserts at the same time are all kept, and each has a change number of its own",
    async check(store) {
      const rows = Array.from({ length: 40 }, () => row());
      await Promise.all(rows.map((each) => store.insert(of([each]))));
      assert.equal(await store.change(ada), 40);
      for (const after of [0, 13, 39, 40]) {
        assert.equal((await store.load(ada, ALL_KINDS, after)).rows.length, 40 - after);
      }
    },
  },
  {
    rule: "a repeated call with the same idempotency tag answers with the nodes of the first",
    async check(store) {
      const rows = [row(), row(), row()];
      const tag = bytes(1, 0, 1);
      await store.insert(of(rows, under(tag)));
      const before = await everything(store, ada);
      const known = { status: "known", nodes: idsOf(rows) } as const;
      assert.deepEqual(await store.insert(of([row()], under(tag))), known);
      assert.deepEqual(
        await store.known(ada, { replay: [], purposes: PURPOSES, idempotency: tag, now: NOW }),
        known,
      );
      assert.deepEqual(await everything(store, ada), before);
    },
  },
  {
    rule: "an idempotency tag whose time is over answers nothing, and may be used anew",
    async check(store) {
      const tag = bytes(7);
      await store.insert(of([row(), row()], under(tag, LATER)));
      const again = of([row()], { ...under(tag, time(9000)), now: LATER });
      assert.deepEqual(await store.insert(again), { status: "inserted" });
      const known = await store.known(ada, {
        replay: [],
        purposes: PURPOSES,
        idempotency: tag,
        now: LATER,
      });
      assert.deepEqual(known, { status: "known", nodes: idsOf(again.rows) });
    },
  },
  {
    rule: "a source event that a node holds is known, and nothing beside it is written",
    async check(store) {
      const [first] = await put(store, row({ replayTag: bytes(1) }));
      const again = of([row(), row({ replayTag: bytes(1) })]);
      assert.deepEqual(await store.insert(again), { status: "known", nodes: [first!.node] });
      assert.equal((await store.count(ada)).memory, 1);
    },
  },
  {
    rule: "tags and source events of one subject say nothing to another",
    async check(store) {
      await store.insert(of([row({ replayTag: bytes(1) })], under(bytes(2))));
      const tags = { replay: [bytes(1)], purposes: PURPOSES, idempotency: bytes(2), now: NOW };
      assert.equal(await store.known(ben, tags), null);
      const theirs = of([row({ subject: ben, replayTag: bytes(1) })], under(bytes(2)));
      assert.deepEqual(await store.insert(theirs), { status: "inserted" });
    },
  },
  {
    rule: "tags are compared by all their bytes: empty ones, NULs, prefixes, long ones",
    async check(store) {
      const long = new Uint8Array(5000).fill(7);
      const tags = [bytes(), bytes(0), bytes(0, 0), bytes(0, 0, 1), long, long.subarray(1)];
      for (const tag of tags) {
        assert.equal(
          await store.known(ada, { replay: [tag], purposes: PURPOSES, idempotency: tag, now: NOW }),
          null,
        );
        const insert = of([row({ replayTag: tag })], under(tag));
        assert.deepEqual(await store.insert(insert), { status: "inserted" });
        const { id } = await sessionOf(store, tag);
        assert.equal((await sessionOf(store, tag)).id, id);
      }
      assert.equal((await store.count(ada)).memory, tags.length);
    },
  },
  {
    rule: "the event of an erased node is refused to everybody, until the fence ends",
    async check(store) {
      const [gone] = await put(store, row({ replayTag: bytes(1) }));
      await store.purgeNodes(ada, [gone!.node], LATER);
      const replay = { status: "replay-of-erased" } as const;
      const look = { replay: [bytes(1)], purposes: PURPOSES, idempotency: null };
      for (const subject of [ada, ben, randomIds.next("subject")]) {
        const insert = of([row({ subject }), row({ subject, replayTag: bytes(1) })]);
        assert.deepEqual(await store.insert(insert), replay);
        assert.deepEqual(await store.known(subject, { ...look, now: NOW }), replay);
        assert.equal(await store.known(subject, { ...look, now: LATER }), null);
        assert.equal(await store.change(subject), subject === ada ? 2 : 0);
      }
    },
  },
  {
    rule: "an event that a person's node still holds is known, though another's was erased",
    async check(store) {
      const [gone] = await put(store, row({ replayTag: bytes(1) }));
      const [kept] = await put(store, row({ subject: ben, replayTag: bytes(1) }));
      await store.purgeNodes(ada, [gone!.node], LATER);
      const look = { replay: [bytes(1)], purposes: PURPOSES, idempotency: null, now: NOW };
      assert.deepEqual(await store.known(ben, look), { status: "known", nodes: [kept!.node] });
    },
  },
  {
    rule: "nothing is inserted, swapped or opened for a fenced subject, known or not",
    async check(store) {
      const insert = of([row({ replayTag: bytes(1) })], under(bytes(2)));
      const [first] = insert.rows;
      await store.insert(insert);
      await store.fenceSubject(ada, erasure);
      await store.fenceSubject(ada, randomIds.next("erasure"));
      assert.equal(await store.isFenced(ada), true);
      for (const refused of [insert, of([row()])]) {
        assert.deepEqual(await store.insert(refused), { status: "fenced" });
      }
      assert.equal(await store.swap(first!, { ...first!, revision: 2 }), "fenced");
      const candidate = { id: randomIds.next("session"), purpose: word("p"), startedAt: NOW };
      assert.equal(await store.session(ada, bytes(3), candidate), "fenced");
      const look = { replay: [], purposes: PURPOSES, idempotency: bytes(2), now: NOW };
      assert.deepEqual(await store.known(ada, look), { status: "fenced" });
      assert.equal((await store.rows(ada, [first!.node])).length, 1);
    },
  },
  {
    rule: "a fence of one subject leaves every other as they were",
    async check(store) {
      await store.fenceSubject(ada, erasure);
      assert.equal(await store.isFenced(ben), false);
      await put(store, row({ subject: ben }));
    },
  },
  {
    rule: "an insert whose source is gone, has another revision or another owner writes nothing",
    async check(store) {
      const [source] = await put(store, row());
      const [theirs] = await put(store, row({ subject: ben }));
      const sources = [row(), { ...source!, revision: 2 }, { ...theirs!, subject: ada }];
      for (const wrong of sources) {
        const made = row({ kind: "derived" });
        const derivations = links(made, [source!, wrong]);
        const insert = of([row(), made], { derivations, ...under(bytes(1)) });
        assert.deepEqual(await store.insert(insert), { status: "source-gone" });
      }
      assert.equal(await store.change(ada), 1);
      assert.deepEqual(await store.derivations(ada, { source: source!.node }), []);
      assert.equal(
        await store.known(ada, { replay: [], purposes: PURPOSES, idempotency: bytes(1), now: NOW }),
        null,
      );
    },
  },
  {
    rule: "a source may come with the same insert",
    async check(store) {
      const source = row();
      const made = row({ kind: "derived" });
      const right = of([source, made], { derivations: links(made, [source]) });
      const wrong = { ...right, derivations: links(made, [{ ...source, revision: 3 }]) };
      assert.deepEqual(await store.insert(wrong), { status: "source-gone" });
      assert.deepEqual(await store.insert(right), { status: "inserted" });
      assert.deepEqual(idsOf(await store.madeFrom(ada, [source.node])), [made.node]);
    },
  },
  {
    rule: "looking whether something is known writes nothing, and finds nothing at first",
    async check(store) {
      const tags = {
        replay: [bytes(1), bytes(2)],
        purposes: PURPOSES,
        idempotency: bytes(3),
        now: NOW,
      };
      assert.equal(await store.known(ada, tags), null);
      assert.equal(await store.change(ada), 0);
    },
  },
  {
    rule: "a swap puts the next revision, with its vector, in the place of the last",
    async check(store) {
      const [first] = await put(store, row({ embedding: bytes(1), replayTag: bytes(4) }));
      const made = await derive(store, [first!]);
      const next = { ...first!, revision: 2, body: bytes(9), embedding: bytes(2) };
      assert.equal(await store.swap(first!, next), "swapped");
      assert.deepEqual(await store.rows(ada, [next.node]), [next]);
      assert.deepEqual(idsOf((await store.load(ada, ALL_KINDS, 2)).rows), [next.node]);
      assert.deepEqual(idsOf(await store.madeFrom(ada, [next.node])), [made.node]);
      const bare = { ...next, revision: 3, embedding: null };
      assert.equal(await store.swap(next, bare), "swapped");
      assert.deepEqual(await store.rows(ada, [bare.node]), [bare]);
      assert.equal((await store.residue(ada, { nodes: [bare.node] })).embeddings, 0);
    },
  },
  {
    rule: "of swaps from one revision at the same time exactly one wins, and the others moved",
    async check(store) {
      const [first] = await put(store, row());
      const swaps = Array.from({ length: 8 }, (_, at) => ({
        ...first!,
        revision: 2,
        body: bytes(at),
      }));
      const outcomes = await Promise.all(swaps.map((next) => store.swap(first!, next)));
      assert.deepEqual(outcomes.toSorted(), [
        "moved",
        "moved",
        "moved",
        "moved",
        "moved",
        "moved",
        "moved",
        "swapped",
      ]);
      const winner = swaps[outcomes.indexOf("swapped")]!;
      assert.deepEqual(await store.rows(ada, [first!.node]), [winner]);
      assert.equal(await store.change(ada), 2);
    },
  },
  {
    rule: "a node that is gone, or is another subject's, cannot be swapped",
    async check(store) {
      const [mine, gone] = await put(store, row(), row());
      await store.purgeNodes(ada, [gone!.node], LATER);
      const theirs = { ...mine!, subject: ben, revision: 2 };
      assert.equal(await store.swap(mine!, theirs), "moved");
      assert.equal(await store.swap(gone!, { ...gone!, revision: 2 }), "moved");
      assert.deepEqual(sorted((await store.load(ada, ALL_KINDS, 0)).rows), [mine!.node]);
      assert.equal(await store.change(ben), 0);
    },
  },
];

async function sessionOf(store: MemoryStore, tag: Uint8Array) {
  const candidate = { id: randomIds.next("session"), purpose: word("p"), startedAt: NOW };
  const session = await store.session(ada, tag, candidate);
  assert.ok(session !== "fenced");
  return session;
}
