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
      await store.add(acme, [tally(10, "plan=free", 2), tally(10, "plan=pro", 1)], 1);
      await store.add(acme, [tally(10, "plan=free", 3), tally(11, "plan=free", 4)], 1);
      await store.add(word("other"), [tally(10, "plan=free", 100)], 1);
      await store.add(acme, [{ ...tally(10, "plan=free", 100), event: word("closed") }], 1);
      await store.add(acme, [], 1);
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
      const many = Array.from({ length: 40 }, () => store.add(acme, [tally(5, "", 1)], 1));
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
      assert.deepEqual(await store.spent(acme, week), []);
      assert.deepEqual(await store.spend(acme, week, price(600)), { outcome: "spent", left: 400 });
      assert.deepEqual(await store.spend(acme, day, price(400)), { outcome: "spent", left: 0 });
      assert.deepEqual(await store.spend(acme, week, price(1)), { outcome: "refused", left: 0 });
      assert.deepEqual(await store.spent(acme, { from: 102, to: 103 }), [
        { day: 102, spent: 600, limit: 1000 },
        { day: 103, spent: 1000, limit: 1000 },
      ]);
      assert.equal((await store.spent(acme, week)).length, 7);
      const later = await store.spend(acme, { from: 104, to: 110 }, price(400));
      assert.deepEqual(later, { outcome: "spent", left: 0 });
      assert.deepEqual(await store.spent(word("other"), week), []);
    },
  },
  {
    rule: "of many that spend at once, no more get it than the budget has",
    async check(store) {
      const days = { from: 200, to: 230 };
      const asked = Array.from({ length: 20 }, () => store.spend(acme, days, price(100)));
      const outcomes = await Promise.all(asked);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "spent").length, 10);
      assert.ok((await store.spent(acme, days)).every(({ spent }) => spent === 1000));
    },
  },
  {
    rule: "a day that something was spent of keeps its limit, and takes a lower one",
    async check(store) {
      const days = { from: 300, to: 302 };
      const spend = (cost: number, limit: number, of = days) =>
        store.spend(acme, of, { cost, limit });
      assert.deepEqual(await spend(2000, 1000), { outcome: "refused", left: 1000 });
      assert.deepEqual(await store.spent(acme, days), []);
      assert.deepEqual(await spend(500, 1000), { outcome: "spent", left: 500 });
      assert.deepEqual(await spend(600, 10_000), { outcome: "refused", left: 500 });
      assert.deepEqual(await spend(100, 700), { outcome: "spent", left: 100 });
      assert.deepEqual(await spend(101, 1000), { outcome: "refused", left: 100 });
      assert.deepEqual((await store.spent(acme, days))[0], { day: 300, spent: 600, limit: 700 });
      const fresh = { from: 303, to: 303 };
      assert.deepEqual(await spend(600, 10_000, fresh), { outcome: "spent", left: 9400 });
    },
  },
  {
    rule: "what a ledger tells of a day's budget is the least that was spent of it, however often it is told",
    async check(store) {
      const days = { from: 400, to: 402 };
      await store.spend(acme, { from: 400, to: 401 }, price(500));
      const told = [
        { day: 400, spent: 800, limit: 900 },
        { day: 401, spent: 200, limit: 2000 },
        { day: 402, spent: 100, limit: 300 },
      ];
      for (let time = 0; time < 2; time += 1) await store.raise(acme, told);
      await store.raise(acme, []);
      assert.deepEqual(await store.spent(acme, days), [
        { day: 400, spent: 800, limit: 900 },
        { day: 401, spent: 500, limit: 1000 },
        { day: 402, spent: 100, limit: 300 },
      ]);
      assert.deepEqual(await store.spent(word("other"), days), []);
      // One who was refused leaves a day without a limit of its own.
      const other = { from: 410, to: 410 };
      await store.spend(acme, other, price(2000));
      await store.raise(acme, [{ day: 410, spent: 100, limit: 700 }]);
      assert.deepEqual(await store.spent(acme, other), [{ day: 410, spent: 100, limit: 700 }]);
    },
  },
  {
    rule: "a day keeps the highest bound that it was counted under, whoever counted",
    async check(store) {
      const of = (from: number, to = from) => store.bound({ from, to });
      assert.equal(await of(50), null);
      await store.add(acme, [tally(50, "", 1)], 100);
      await store.add(acme, [tally(50, "", 1), tally(51, "", 1), tally(51, "a=b", 1)], 1);
      await store.add(word("other"), [tally(52, "", 1)], 7);
      assert.deepEqual(
        [await of(50), await of(51), await of(51, 52), await of(53)],
        [100, 1, 7, null],
      );
    },
  },
];
