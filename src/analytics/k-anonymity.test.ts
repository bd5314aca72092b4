import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { generalise, smallestGroup, type GroupRow } from "./k-anonymity.ts";

const rows: readonly GroupRow[] = [
  { values: { zip: "10115", age: "34" }, count: 3 },
  { values: { zip: "10117", age: "37" }, count: 4 },
  { values: { zip: "10119", age: "31" }, count: 5 },
  { values: { zip: "80331", age: "62" }, count: 1 },
];

const decade = (age: string): string => (age === "*" ? "*" : `${age[0]}0s`);
const hierarchies = {
  zip: [(zip: string) => zip.slice(0, 3), (zip: string) => zip.slice(0, 2), () => "*"],
  age: [decade, () => "*"],
};

describe("a table that is given away", () => {
  test("its smallest group says how anonymous it is", () => {
    assert.equal(smallestGroup(rows, ["zip", "age"]), 1);
    assert.equal(smallestGroup(rows, []), 13);
    assert.equal(smallestGroup([], ["zip"]), null);
  });

  test("its columns get coarser until every group has k people", () => {
    const { rows: kept, smallest, suppressed, levels } = generalise(rows, { k: 13, hierarchies });
    assert.deepEqual(kept, [{ values: { zip: "*", age: "*" }, count: 13 }]);
    assert.deepEqual(
      { smallest, suppressed, levels },
      { smallest: 13, suppressed: 0, levels: { zip: 3, age: 2 } },
    );
  });

  test("a table that is anonymous enough is left as it is", () => {
    const fine = rows.filter(({ count }) => count > 2);
    assert.deepEqual(generalise(fine, { k: 3, hierarchies }).levels, { zip: 0, age: 0 });
  });

  test("a group that stays too small is left out, and its people are counted", () => {
    const steps = { zip: [(zip: string) => zip.slice(0, 2)], age: [decade] };
    const { rows: kept, suppressed, smallest } = generalise(rows, { k: 5, hierarchies: steps });
    assert.deepEqual(kept, [{ values: { zip: "10", age: "30s" }, count: 12 }]);
    assert.deepEqual([suppressed, smallest], [1, 12]);
  });

  test("over random tables no group that is left is smaller than k, and nobody is lost uncounted", () => {
    let state = 1;
    const below = (n: number): number => (state = (state * 48_271) % 2_147_483_647) % n;
    for (let round = 0; round < 200; round += 1) {
      const table = Array.from({ length: 1 + below(30) }, () => ({
        values: { zip: `${10_000 + below(90_000)}`, age: `${10 + below(80)}` },
        count: 1 + below(6),
      }));
      const k = 2 + below(20);
      const { rows: kept, suppressed } = generalise(table, { k, hierarchies });
      assert.ok(kept.every(({ count }) => count >= k));
      const people = (of: readonly GroupRow[]) => of.reduce((sum, { count }) => sum + count, 0);
      assert.equal(people(kept) + suppressed, people(table));
    }
  });

  test("a row without a column, and a k that hides nobody, are refused", () => {
    const bad = [{ values: { zip: "1" }, count: 2 }];
    assert.throws(() => generalise(bad, { k: 2, hierarchies }), {
      code: "INPUT_INVALID",
      message: /rows.0.values.age/,
    });
    assert.throws(() => generalise(rows, { k: 1, hierarchies }), { message: /field: k/ });
    const none = [{ values: { zip: "1", age: "2" }, count: 0 }];
    assert.throws(() => generalise(none, { k: 2, hierarchies }), { message: /rows.0.count/ });
  });
});
