import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { EpochMs } from "#kernel";
import { CATEGORY_IDS, defineConfig, endOf, expiryOf, isSpecial, type CategoryId } from "#policy";

import * as fc from "../../test/support/properties.ts";
import { daysFrom, NOW } from "./world.test.ts";

const { policy } = defineConfig({
  purposes: {
    short: { basis: "contract", categories: ["account", "contact"], retention: "P30D" },
    long: { basis: "contract", categories: ["account"], retention: "P90D" },
    endless: { basis: "contract", categories: ["account"] },
    care: {
      basis: "contract",
      condition: "health-care",
      categories: ["health", "account"],
      retention: "P1Y",
    },
    archive: {
      basis: "public-task",
      condition: "archiving-and-research",
      categories: ["health"],
      retentionJustification: "kept in the public interest, by the archive's statute",
    },
  },
  retention: { contact: "P7D" },
});

function daysOf(purposes: string[], categories: CategoryId[], requested?: EpochMs | null) {
  const request = { purposes, categories, createdAt: NOW };
  const end = expiryOf(requested === undefined ? request : { ...request, requested }, policy);
  return end === null ? null : (end - daysFrom(NOW, 0)) / 86_400_000;
}

describe("expiryOf", () => {
  test("a memory ends at the latest end among its purposes", () => {
    assert.equal(daysOf(["short"], ["account"]), 30);
    assert.equal(daysOf(["short", "long"], ["account"]), 90);
    assert.equal(daysOf(["short", "endless"], ["account"]), null);
  });

  test("an end that is asked for shortens, and never lengthens", () => {
    assert.equal(daysOf(["short"], ["account"], daysFrom(NOW, 3)), 3);
    assert.equal(daysOf(["short"], ["account"], daysFrom(NOW, 300)), 30);
    assert.equal(daysOf(["endless"], ["account"], daysFrom(NOW, 300)), 300);
    assert.equal(daysOf(["short"], ["account"], null), 30);
  });

  test("a category's retention is kept whatever the purposes say", () => {
    assert.equal(daysOf(["short"], ["account", "contact"]), 7);
  });

  test("a purpose that may not hold a category does not keep it alive", () => {
    assert.equal(daysOf(["care", "endless"], ["health"]), 365);
    assert.equal(daysOf(["care", "endless"], ["health", "account"]), 365);
    assert.equal(daysOf(["care", "endless"], ["account"]), null);
  });

  test("a purpose that is not declared is refused", () => {
    const request = { purposes: ["other"], categories: [], createdAt: NOW };
    assert.throws(() => expiryOf(request, policy), { code: "PURPOSE_UNKNOWN" });
  });

  const names = Object.keys(policy.purposes);
  const requests = fc.record({
    purposes: fc.subarray(names, { minLength: 1 }),
    categories: fc.subarray([...CATEGORY_IDS], { minLength: 1 }),
    createdAt: fc.constant(NOW),
    requested: fc.option(fc.integer({ min: 1, max: 4000 }).map((days) => daysFrom(NOW, days))),
  });

  test("a special category always ends, unless a purpose that may hold it says in words why not", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const held = request.purposes.filter((name) => {
          const allowed = policy.purposes[name]?.categories ?? [];
          return request.categories.every((category) => allowed.includes(category));
        });
        const special = request.categories.some(isSpecial);
        if (!special || held.length === 0) return;
        const justified = held.some((name) => policy.purposes[name]?.retentionJustification);
        assert.ok(justified || expiryOf(request, policy) !== null);
      }),
      { numRuns: 5000 },
    );
  });

  test("an end is never later than the one asked for, and a stored end is never outlived", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const end = expiryOf(request, policy);
        if (request.requested !== null) assert.ok(end !== null && end <= request.requested);
        assert.equal(endOf({ ...request, expiresAt: end }, policy), end);
      }),
    );
  });
});

describe("endOf", () => {
  test("a policy that keeps less ends what was stored under one that kept more", () => {
    const node = { purposes: ["short"], categories: ["account"], createdAt: NOW };
    assert.equal(endOf({ ...node, expiresAt: daysFrom(NOW, 90) }, policy), daysFrom(NOW, 30));
    assert.equal(endOf({ ...node, expiresAt: daysFrom(NOW, 9) }, policy), daysFrom(NOW, 9));
  });

  test("a purpose that is no longer declared leaves the stored end as it is", () => {
    const node = { purposes: ["dropped"], categories: ["account"], createdAt: NOW };
    assert.equal(endOf({ ...node, expiresAt: null }, policy), null);
    assert.equal(endOf({ ...node, expiresAt: NOW }, policy), NOW);
  });
});
