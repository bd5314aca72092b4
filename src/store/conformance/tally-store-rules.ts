import assert from "node:assert/strict";

import type { Tally, TallyStore } from "#analytics";
import { word, type Word } from "#kernel";

import type { Rule } from "./rule.ts";

const acme = word("acme");
const opened = word("opened");

const tally = (day: number, cell: string, count: number): Tally => ({
  day,
  event: opened,
  cell: cell as Word,
  count,
});

const price = (cost: number, limit = 1000) => ({ cost, limit });

/** What counts without people rest on. */
export const tallyStoreRules: readonly Rule<TallyStore>[] = [
  {
    rule: "counts are added up, by controller, event, day and cell",
    async check(store) {
      await store.add(acme, [tally(10, "plan=free", 2), tally(10, "plan=pro", 1)]);
      await store.add(acme, [tally(10, "plan=free", 3), tally(11, "plan=free", 4)]);
      await store.add(word("other"), [tally(10, "plan=free", 100)]);
      await store.add(acme, [{ ...tally(10, "plan=free", 100), event: word("closed") }]);
      await store.add(acme, []);
      const of = async (from: number, to: number) =>
        Object.fromEntries(
          (await store.sum(acme, opened, { from, to })).map(({ cell, count }) => [cell, count]),
        );
      assert.deepEqual(await of(10, 11), { "plan=free": 9, "plan=pro": 1 });
      assert.deepEqual(await of(11, 11), { "plan=free": 4 });
      assert.deepEqual(await of(12, 20), {});
    },
  },
  {
    rule: "what is added at once by many is all there",
    async check(store) {
      const many = Array.from({ length: 40 }, () => store.add(acme, [tally(5, "", 1)]));
      await Promise.all(many);
      assert.deepEqual(
        (await store.sum(acme, opened, { from: 5, to: 5 })).map(({ count }) => count),
        [40],
      );
    },
  },
  {
    rule: "a day's budget is spent until it is not enough, and a refusal takes nothing of any day",
    async check(store) {
      const week = { from: 100, to: 106 };
      const day = { from: 103, to: 103 };
      assert.equal(await store.spent(acme, week), 0);
      assert.equal(await store.spend(acme, week, price(600)), "spent");
      assert.equal(await store.spend(acme, day, price(400)), "spent");
      assert.equal(await store.spend(acme, week, price(1)), "refused");
      assert.equal(await store.spent(acme, { from: 100, to: 102 }), 600);
      assert.equal(await store.spent(acme, week), 1000);
      assert.equal(await store.spend(acme, { from: 104, to: 110 }, price(400)), "spent");
      assert.equal(await store.spent(word("other"), week), 0);
    },
  },
  {
    rule: "of many that spend at once, no more get it than the budget has",
    async check(store) {
      const days = { from: 200, to: 230 };
      const asked = Array.from({ length: 20 }, () => store.spend(acme, days, price(100)));
      const outcomes = await Promise.all(asked);
      assert.equal(outcomes.filter((outcome) => outcome === "spent").length, 10);
      assert.equal(await store.spent(acme, days), 1000);
    },
  },
];
