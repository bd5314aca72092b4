import assert from "node:assert/strict";
import { test } from "node:test";

import { ccpa, defineConfig, explain, gdpr, hipaa, isPhi, sb243 } from "#policy";

import { RULE_NAMES } from "./rules.ts";

test("explain names every rule once, with its value, its packs and their sources", () => {
  const { policy } = defineConfig({ packs: [gdpr(), hipaa(), ccpa(), sb243()] });
  const rules = explain(policy);
  assert.deepEqual(
    rules.map(({ rule }) => rule),
    RULE_NAMES,
  );
  for (const { value, from } of rules) assert.equal(from.length > 0, value !== null);
  assert.deepEqual(
    rules.find(({ rule }) => rule === "breakNoticeHours"),
    {
      rule: "breakNoticeHours",
      value: 3,
      from: [{ pack: "sb243-2026.1", source: "Cal. Bus. & Prof. Code 22602(c)" }],
    },
  );
  assert.deepEqual(JSON.parse(JSON.stringify(rules)), rules);
});

test("health data are protected health information in a covered region, under hipaa alone", () => {
  const us = { jurisdictions: ["US"], store: "sqlite:./us" };
  const covered = { regions: { us: { ...us, hipaaCovered: true } }, packs: [gdpr(), hipaa()] };
  const { policy } = defineConfig(covered);
  assert.equal(isPhi(["preference", "genetic"], { policy, region: "us" }), true);
  assert.equal(isPhi(["preference"], { policy, region: "us" }), false);
  assert.equal(isPhi(["health"], { policy, region: "eu" }), false);

  const uncovered = defineConfig({ ...covered, regions: { us } }).policy;
  assert.equal(isPhi(["health"], { policy: uncovered, region: "us" }), false);
  const without = defineConfig({ ...covered, packs: [gdpr()] }).policy;
  assert.equal(isPhi(["health"], { policy: without, region: "us" }), false);
});
