import assert from "node:assert/strict";
import { test } from "node:test";

import type { Word } from "#kernel";
import { ccpa, gdpr, hipaa, lgpd, sb243, type EffectiveRule, type Pack } from "#policy";

import * as fc from "../../test/support/properties.ts";
import { combinePacks } from "./pack.ts";
import { house } from "./packs/house.ts";
import { RULE_NAMES, RULES } from "./rules.ts";
import { packSets } from "./world.test.ts";

const KNOWN = [house(), gdpr(), hipaa(), ccpa(), lgpd(), sb243()];

function listed({ value }: EffectiveRule): readonly string[] {
  return value as readonly Word[];
}

function values(packs: readonly Pack[]): readonly unknown[] {
  return Object.values(combinePacks(packs)).map((rule) => rule.value);
}

/** Whether `after` asks for at least as much as `before`. */
function asStrict(before: EffectiveRule, after: EffectiveRule): boolean {
  if (before.value === null) return true;
  if (after.value === null) return false;
  switch (RULES[before.rule]) {
    case "highest":
      return after.value >= before.value;
    case "lowest":
      return after.value <= before.value;
    case "any":
      return after.value === true || before.value === false;
    case "union":
      return listed(before).every((item) => listed(after).includes(item));
  }
}

test("adding a pack never loosens any rule", () => {
  const numbers = fc.integer({ min: 1, max: 9999 });
  const own: fc.Arbitrary<Pack> = fc
    .record(
      {
        auditRetentionYears: numbers,
        consentValidityDaysMax: numbers,
        recallNodesMax: numbers,
        specialNeedsCondition: fc.boolean(),
        phiCategories: fc.subarray(["health", "sexual", "financial"]),
      },
      { requiredKeys: [] },
    )
    .map((values) => {
      const rules = Object.entries(values).map(([name, value]) => [name, { value, source: "own" }]);
      return { name: "own", profile: "own-1", rules: Object.fromEntries(rules) as Pack["rules"] };
    });
  fc.assert(
    fc.property(packSets, fc.oneof(own, fc.constantFrom(...KNOWN)), (packs, added) => {
      const before = combinePacks(packs);
      const after = combinePacks([...packs, added]);
      for (const name of RULE_NAMES) assert.ok(asStrict(before[name], after[name]), name);
    }),
  );
});

test("the order of packs does not matter", () => {
  fc.assert(
    fc.property(packSets, (packs) => {
      assert.deepEqual(values(packs), values(packs.toReversed()));
    }),
  );
});

test("audit entries are kept 3 years under gdpr, 6 under hipaa, and the longest wins", () => {
  assert.equal(combinePacks([gdpr()]).auditRetentionYears.value, 3);
  const both = combinePacks([gdpr(), hipaa()]).auditRetentionYears;
  assert.equal(both.value, 6);
  assert.deepEqual(both.from, [{ pack: "hipaa-2026.1", source: "45 CFR 164.316(b)(2)(i)" }]);
});

test("every rule of every pack names its source, and says so where the number is our choice", () => {
  for (const pack of KNOWN) {
    for (const rule of Object.values(pack.rules)) {
      assert.match(rule.source, /^(choice: .+|.*(Art\.|CFR|Code) ?\d.*)$/);
    }
  }
});
