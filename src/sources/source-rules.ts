import assert from "node:assert/strict";

import { causeOf } from "./failure.ts";
import type { Identity, Source, SourceItem } from "./source.ts";

/** A system with the records of two people, and a way to look at it past its source. */
export interface SourceGround {
  readonly source: Source;
  readonly ann: Identity;
  readonly bob: Identity;
  /** Records that each of them has in it. */
  readonly records: number;
  /** What the system itself holds of a person. */
  holds(who: Identity): Promise<number>;
  /** Takes the system away, and brings it back. Default: that is not tried. */
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> };
}

/** One promise that a source makes. Data: any test runner can run it. */
export interface SourceRule {
  readonly rule: string;
  /** What the source has to be able to do for it to say anything. */
  readonly needs: readonly (keyof Source["capabilities"])[];
  /** @param ground Untouched. */
  check(ground: SourceGround): Promise<void>;
}

const DEADLINE_MS = 30_000;

const callOf = (request: string) => ({ request, signal: AbortSignal.timeout(DEADLINE_MS) });

async function listOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const itemsOf = (source: Source, who: Identity): Promise<readonly SourceItem[]> =>
  listOf(source.export!(who, callOf("export")));

function namesOf(items: readonly SourceItem[]): ReadonlySet<string> {
  return new Set(items.map(({ collection, id }) => JSON.stringify([collection, id])));
}

/** What whoever erases in your systems relies on. Run each over a system of its own. */
export const sourceRules: readonly SourceRule[] = [
  {
    rule: "an export gives every record of a person once, and no other person's",
    needs: ["export"],
    async check({ source, ann, bob, records }) {
      const [anns, bobs] = [await itemsOf(source, ann), await itemsOf(source, bob)];
      assert.deepEqual([anns.length, namesOf(anns).size], [records, records]);
      assert.ok(namesOf(anns).isDisjointFrom(namesOf(bobs)));
    },
  },
  {
    rule: "an export can be stopped before its end",
    needs: ["export"],
    async check({ source, ann, records }) {
      for await (const item of source.export!(ann, callOf("stopped"))) {
        assert.ok(item.id);
        break;
      }
      assert.equal((await itemsOf(source, ann)).length, records);
    },
  },
  {
    rule: "an erasure removes the person and nobody else, and says how many records",
    needs: ["erase"],
    async check({ source, ann, bob, records, holds }) {
      const outcome = await source.erase!(ann, callOf("r1"));
      assert.equal(outcome.status, "done");
      assert.ok(outcome.recordsDeleted > 0);
      assert.deepEqual([await holds(ann), await holds(bob)], [0, records]);
    },
  },
  {
    rule: "the same request again is done, and does nothing",
    needs: ["erase"],
    async check({ source, ann, bob, records, holds }) {
      await source.erase!(ann, callOf("r1"));
      const again = await source.erase!(ann, callOf("r1"));
      assert.equal(again.status, "done");
      assert.deepEqual([await holds(ann), await holds(bob)], [0, records]);
    },
  },
  {
    rule: "the same request twice at once erases once",
    needs: ["erase"],
    async check({ source, ann, bob, records, holds }) {
      await Promise.allSettled([
        source.erase!(ann, callOf("r1")),
        source.erase!(ann, callOf("r1")),
      ]);
      await source.erase!(ann, callOf("r1"));
      assert.deepEqual([await holds(ann), await holds(bob)], [0, records]);
    },
  },
  {
    rule: "one that is stopped half-way is ended by the same request",
    needs: ["erase"],
    async check({ source, ann, bob, records, holds }) {
      const stopping = new AbortController();
      const begun = source.erase!(ann, { request: "r1", signal: stopping.signal });
      stopping.abort();
      await begun.catch(() => {});
      assert.equal((await source.erase!(ann, callOf("r1"))).status, "done");
      assert.deepEqual([await holds(ann), await holds(bob)], [0, records]);
    },
  },
  {
    rule: "a person whom it does not know is done at once, with no record",
    needs: ["erase"],
    async check({ source, ann, holds, records }) {
      const none = (source.identifiers ?? []).map((kind) => [kind, ""] as const);
      const identifiers = Object.fromEntries(none);
      const nobody = { ...ann, externalId: "nobody-at-all", identifiers };
      const outcome = await source.erase!(nobody, callOf("r1"));
      assert.deepEqual([outcome.status, outcome.recordsDeleted], ["done", 0]);
      assert.equal(await holds(ann), records);
    },
  },
  {
    rule: "a look finds the person before an erasure and nothing behind it",
    needs: ["erase", "verify"],
    async check({ source, ann, bob }) {
      assert.ok((await source.verify!(ann, callOf("look"))).remaining > 0);
      await source.erase!(ann, callOf("r1"));
      assert.deepEqual(await source.verify!(ann, callOf("look")), { remaining: 0 });
      assert.ok((await source.verify!(bob, callOf("look"))).remaining > 0);
    },
  },
  {
    rule: "a system that is away fails with a code in time, and the same request ends it later",
    needs: ["erase"],
    async check({ source, ann, holds, records, outage }) {
      if (outage === undefined) return;
      await outage.begin();
      try {
        const failure: unknown = await source.erase!(ann, callOf("r1")).then(
          () => null,
          (error: unknown) => error,
        );
        assert.notEqual(failure, null, "it says that it is done while it is away");
        assert.match(causeOf(failure), /^[a-z-]+$/);
      } finally {
        await outage.end();
      }
      assert.equal(await holds(ann), records);
      await source.erase!(ann, callOf("r1"));
      assert.equal(await holds(ann), 0);
    },
  },
  {
    rule: "it lists whom it holds, and no more whom it erased",
    needs: ["erase", "identities"],
    async check({ source, ann, bob }) {
      const listed = async (): Promise<ReadonlySet<string>> =>
        new Set(await listOf(source.identities!(AbortSignal.timeout(DEADLINE_MS))));
      assert.ok((await listed()).isSupersetOf(new Set([ann.externalId, bob.externalId])));
      await source.erase!(ann, callOf("r1"));
      const after = await listed();
      assert.deepEqual([after.has(ann.externalId), after.has(bob.externalId)], [false, true]);
    },
  },
];
