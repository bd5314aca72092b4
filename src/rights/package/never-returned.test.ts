import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ccpa, defineConfig } from "#policy";

import { banOf, neverReturnedField, withoutNeverReturned } from "./never-returned.ts";
import { screened } from "./withhold.ts";

const ban = banOf(defineConfig({ packs: [ccpa()] }).policy);
const none = banOf(defineConfig({}).policy);

const HIDDEN: readonly (readonly [string, string, string])[] = [
  ["my SSN is 123-45-6789", "123-45-6789", "social-security-number"],
  ["SSN: 123456789", "123456789", "social-security-number"],
  ["paid with 4111 1111 1111 1111 today", "4111 1111 1111 1111", "financial-account-number"],
  ["amex 3782 822463 10005", "3782 822463 10005", "financial-account-number"],
  ["IBAN DE89 3704 0044 0532 0130 00, ok", "DE89 3704 0044", "financial-account-number"],
  ["account number: 12 34 56 78", "12 34 56 78", "financial-account-number"],
  ["Medicare 1EG4-TE5-MK73", "1EG4-TE5-MK73", "health-insurance-number"],
  ["insurance ID: XJ-99812", "XJ-99812", "health-insurance-number"],
  ["MRN: 8837261", "8837261", "medical-number"],
  ["my passport number is C01X00T47", "C01X00T47", "licence-number"],
  ["driver's license: D1234567", "D1234567", "licence-number"],
  ["password: hunter2!", "hunter2!", "password"],
  ["security answer: Rosebud", "Rosebud", "security-answer"],
];

/** Alike, and not certainly one: a person may have them. */
const SHOWN = [
  "call me on 555-867-5309",
  "order 4111 1111 1111 1112 is late",
  "ISBN 978-3-16-148410-0",
  "000-12-3456 is no number that was given out",
  "it happened on 2026-11-21 at 10:00",
  "my password is something I forgot",
  "the license is MIT",
  "DE89 3704 0044 0532 0130 01",
  "room 123-45-67890",
];

describe("what is never returned", () => {
  for (const [text, value, kind] of HIDDEN) {
    test(`is named instead of shown: ${kind}, in ${JSON.stringify(text)}`, () => {
      const { text: shown, found } = withoutNeverReturned(text, ban);
      assert.deepEqual(found, [kind]);
      assert.match(shown, /\[withheld: /);
      assert.ok(text.includes(value) && !shown.includes(value), shown);
    });
  }

  test("is shown where no pack forbids it: the law of access asks for all", () => {
    for (const [text] of HIDDEN) assert.equal(withoutNeverReturned(text, none).text, text);
  });

  test("is not seen in what only looks like it", () => {
    const kept = SHOWN.filter((text) => withoutNeverReturned(text, ban).text === text);
    assert.deepEqual(kept, SHOWN);
  });

  test("is known by the name of its field, however that is written", () => {
    for (const name of ["ssn", "Drivers_License_No", "card-number", "passwordHash", "MRN"]) {
      assert.notEqual(neverReturnedField(name, ban), null, name);
    }
    for (const name of ["name", "passed", "account", "notes", "card", "spinach", "email"]) {
      assert.equal(neverReturnedField(name, ban), null, name);
    }
  });

  test("is taken out of nested fields, and said to be held, with its article", () => {
    const data = {
      name: "Ada",
      login: { password: "x", hint: "my SSN is 123-45-6789" },
      ["__proto__"]: "kept",
      empty: { ssn: null },
    };
    const { value, withheld } = screened(data, "data", ban);
    assert.deepEqual(Object.keys((value as typeof data).login), ["hint"]);
    assert.deepEqual((value as typeof data).empty, { ssn: null });
    assert.doesNotMatch(JSON.stringify(value), /123-45/);
    assert.deepEqual(
      withheld.map(({ field, reason }) => [field, reason]),
      [
        ["data.login.password", "password"],
        ["data.login.hint", "social-security-number"],
      ],
    );
    assert.ok(withheld.every(({ law }) => law?.includes("7024(d)")));
  });
});
