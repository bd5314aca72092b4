import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { EpochMs } from "#kernel";
import {
  defineConfig,
  endOf,
  filterKey,
  nextExpiry,
  subjectActor,
  withheldBy,
  type NodeFacts,
} from "#policy";

import * as fc from "../../test/support/properties.ts";
import {
  ada,
  consented,
  daysFrom,
  noFacts,
  NOW,
  permitted,
  policyWith,
  recalling,
} from "./world.test.ts";

const { policy } = defineConfig({
  purposes: {
    support: { basis: "contract", categories: ["account", "preference"], retention: "P1M" },
    lasting: { basis: "contract", categories: ["account", "contact"] },
  },
  retention: { contact: "P7D" },
});
const support = permitted(recalling("support"), noFacts, policy);
const lasting = permitted(recalling("lasting"), noFacts, policy);
const exported = permitted(
  { ...recalling("x", subjectActor(ada)), verb: "export" },
  noFacts,
  policy,
);
const erasing = permitted({ ...recalling("x", subjectActor(ada)), verb: "erase" }, noFacts, policy);

const node: NodeFacts = {
  purposes: ["support"],
  categories: ["account"],
  createdAt: daysFrom(NOW, -5),
  expiresAt: null,
};

describe("what a use is not given", () => {
  test("a memory kept for another purpose is withheld", () => {
    assert.equal(withheldBy(support, node, NOW), null);
    assert.equal(withheldBy(lasting, node, NOW), "purpose");
    assert.equal(withheldBy(support, { ...node, purposes: ["lasting"] }, NOW), "purpose");
    assert.equal(withheldBy(support, { ...node, purposes: [] }, NOW), "purpose");
  });

  test("a derived memory is withheld when one of its categories is not allowed", () => {
    const derived = { ...node, categories: ["account", "health"] };
    assert.equal(withheldBy(support, derived, NOW), "category");
    assert.equal(withheldBy(support, { ...node, categories: [] }, NOW), "category");
    assert.equal(withheldBy(support, { ...node, categories: ["unheard_of"] }, NOW), "category");
  });

  test("a category that explicit consent would open is withheld by the guard consent", () => {
    const permit = permitted(recalling("assistant"), consented("assistant"), policy);
    const health = { ...node, purposes: ["assistant"], categories: ["preference", "health"] };
    assert.equal(withheldBy(permit, health, NOW), "consent");
    const explicit = consented("assistant", { explicit: true });
    assert.equal(
      withheldBy(permitted(recalling("assistant"), explicit, policy), health, NOW),
      null,
    );
  });

  test("a memory past its stored end is withheld, from the millisecond of its end on", () => {
    const ends = { ...node, expiresAt: NOW };
    assert.equal(withheldBy(support, ends, NOW), "expired");
    assert.equal(withheldBy(support, ends, (NOW - 1) as EpochMs), null);
  });

  test("a memory is withheld when the purpose's retention is over, whatever end was stored", () => {
    const createdAt = Date.UTC(2026, 0, 31) as EpochMs;
    const old = { ...node, createdAt, expiresAt: daysFrom(NOW, 900) };
    const end = Date.UTC(2026, 1, 28);
    assert.equal(withheldBy(support, old, (end - 1) as EpochMs), null);
    assert.equal(withheldBy(support, old, end as EpochMs), "expired");
  });

  test("a memory is withheld when its category's retention is over, whatever its purpose says", () => {
    const contact = { ...node, purposes: ["lasting"], categories: ["account", "contact"] };
    assert.equal(withheldBy(lasting, contact, daysFrom(node.createdAt, 6)), null);
    assert.equal(withheldBy(lasting, contact, daysFrom(node.createdAt, 7)), "expired");
  });
});

describe("what a right is given", () => {
  test("a person is shown every memory, whatever its purpose and category", () => {
    const other = { ...node, purposes: ["dropped_purpose"], categories: ["health"] };
    assert.equal(withheldBy(exported, other, NOW), null);
  });

  test("what has expired is shown to nobody, and still destroyed", () => {
    for (const old of [
      { ...node, expiresAt: NOW },
      { ...node, createdAt: daysFrom(NOW, -40) },
    ]) {
      assert.equal(withheldBy(exported, old, NOW), "expired");
      assert.equal(withheldBy(erasing, old, NOW), null);
    }
  });
});

const names = ["support", "lasting", "assistant", "analytics", "dropped_purpose"];
const nodes: fc.Arbitrary<NodeFacts> = fc.record({
  purposes: fc.subarray(names),
  categories: fc.subarray(["account", "contact", "preference", "health"], { minLength: 1 }),
  createdAt: fc.integer({ min: -800, max: 0 }).map((days) => daysFrom(NOW, days)),
  expiresAt: fc.option(fc.integer({ min: -40, max: 900 }).map((days) => daysFrom(NOW, days))),
});

describe("nextExpiry", () => {
  test("until it nothing changes, and at it something does: for any nodes, under use and right", () => {
    const explicit = consented("assistant", { explicit: true });
    const assistant = permitted(recalling("assistant"), explicit, policy);
    const permits = fc.constantFrom(support, lasting, assistant, exported);
    fc.assert(
      fc.property(permits, fc.array(nodes), (permit, all) => {
        const visible = all.filter((each) => withheldBy(permit, each, NOW) === null);
        const end = nextExpiry(permit, visible);
        const seen = (at: number) =>
          visible.filter((each) => withheldBy(permit, each, at as EpochMs) === null);
        if (end === null) {
          assert.deepEqual(seen(daysFrom(NOW, 40_000)), visible);
        } else {
          assert.deepEqual(seen(end - 1), visible);
          assert.ok(seen(end).length < visible.length);
        }
      }),
    );
  });

  test("it is never later than the consent behind the permit", () => {
    const validUntil = daysFrom(NOW, 1);
    const permit = permitted(
      recalling("assistant"),
      consented("assistant", { validUntil }),
      policy,
    );
    assert.equal(nextExpiry(permit, []), validUntil);
  });

  test("what has ended for every purpose is withheld from every use", () => {
    fc.assert(
      fc.property(nodes, (each) => {
        const end = endOf(each, policy);
        if (end === null || end > NOW) return;
        for (const permit of [support, lasting])
          assert.notEqual(withheldBy(permit, each, NOW), null);
      }),
    );
  });
});

describe("filterKey", () => {
  test("is the same for permits that withhold the same, whoever asks and whenever", () => {
    const later = { ...recalling("support", subjectActor(ada)), at: daysFrom(NOW, 9) };
    const again = permitted(later, { ...noFacts, gateSeq: 99 }, policy);
    assert.equal(filterKey(again), filterKey(support));
  });

  test("differs with the purpose, the consent given, the policy and the kind of permit", () => {
    const assistant = recalling("assistant");
    const keys = [
      support,
      lasting,
      exported,
      erasing,
      permitted(assistant, consented("assistant"), policy),
      permitted(assistant, consented("assistant", { explicit: true }), policy),
      permitted(assistant, consented("assistant"), policyWith({})),
    ].map(filterKey);
    assert.equal(new Set(keys).size, keys.length);
  });
});

test("a working set of 20,000 memories is filtered in a few milliseconds, making next to no object", () => {
  const many = Array.from({ length: 20_000 }, (_, at): NodeFacts => {
    const createdAt = daysFrom(NOW, -(at % 20));
    return { ...node, purposes: ["lasting", "support"], categories: ["account"], createdAt };
  });
  const filter = (permit: typeof support) => {
    let withheld = 0;
    for (const each of many) if (withheldBy(permit, each, NOW) !== null) withheld += 1;
    return withheld;
  };
  for (let run = 0; run < 100; run += 1) filter(support);
  const runs = Array.from({ length: 9 }, () => {
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    assert.equal(filter(support), 0);
    return { ms: performance.now() - started, bytes: process.memoryUsage().heapUsed - before };
  });
  // The best of them: other work of the process is not what is measured.
  assert.ok(Math.min(...runs.map(({ ms }) => ms)) < 50);
  assert.ok(Math.min(...runs.map(({ bytes }) => Math.abs(bytes))) < 20_000);
});
