import assert from "node:assert/strict";
import { test } from "node:test";

import { CATEGORIES, CATEGORY_IDS, isCategory, sensitiveUnder, SPECIAL_CATEGORIES } from "#policy";

test("the special categories are those of GDPR Art. 9(1), mental health beside health", () => {
  assert.deepEqual(SPECIAL_CATEGORIES.toSorted() as string[], [
    "biometric",
    "ethnicity",
    "genetic",
    "health",
    "mental_health",
    "politics",
    "religion",
    "sexual",
    "union",
  ]);
});

test("criminal records are not special, and sensitive all the same (GDPR Art. 10)", () => {
  assert.equal(CATEGORIES.criminal.special, false);
  assert.ok(CATEGORIES.criminal.sensitive.includes("gdpr"));
});

test("HIPAA's health information holds genetic information (45 CFR 160.103)", () => {
  assert.deepEqual([...sensitiveUnder("hipaa")] as string[], [
    "health",
    "mental_health",
    "genetic",
  ]);
});

test("no two categories share a name elsewhere, and every name has its vocabulary's shape", () => {
  const all = CATEGORY_IDS.map((id) => CATEGORIES[id as keyof typeof CATEGORIES]);
  for (const names of [all.map((facts) => facts.dpv), all.map((facts) => facts.fides)]) {
    const known = names.filter((name) => name !== null);
    assert.equal(new Set(known).size, known.length);
    for (const name of known) assert.match(name, /^(pd:|dpv:)[A-Z][A-Za-z]+$|^user(\.[a-z_]+)*$/);
  }
});

test("what every object inherits is not a category", () => {
  for (const name of ["toString", "constructor", "__proto__", "", 7, null]) {
    assert.equal(isCategory(name), false);
  }
});
