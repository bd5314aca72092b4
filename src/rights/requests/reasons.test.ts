import assert from "node:assert/strict";
import { test } from "node:test";

import { DENIALS, denialsOf } from "./reasons.ts";
import { REQUEST_RIGHTS } from "./request.ts";

test("HIPAA knows no erasure: no reason for which one is denied rests on it", () => {
  for (const name of denialsOf("erasure")) assert.doesNotMatch(DENIALS[name].article, /CFR 164/);
});

test("an opt-out and a limited use are never denied for want of proof", () => {
  for (const right of ["opt-out", "limit-use"] as const) {
    assert.ok(!denialsOf(right).includes("insufficient-verification"));
  }
});

test("the four grounds of 45 CFR 164.526(a)(2) are there for a rectification, and for it alone", () => {
  const grounds = [
    "not-created-by-us",
    "not-in-record-set",
    "not-open-to-access",
    "accurate-and-complete",
  ] as const;
  for (const right of REQUEST_RIGHTS) {
    const known = grounds.filter((name) => denialsOf(right).includes(name));
    assert.deepEqual(known, right === "rectification" ? grounds : []);
  }
});

test("every reason says why in the middle of a sentence, and on which article it rests", () => {
  for (const { says, article } of Object.values(DENIALS)) {
    assert.match(says, /^[a-z].*[^.]$/);
    assert.match(article, /(Art\.|CFR|CCR) \d/);
  }
});
