import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Json } from "#kernel";
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
  ["123.45.6789", "123.45.6789", "social-security-number"],
  ["123\u201145\u20116789", "45\u20116789", "social-security-number"],
  ["paid: ４１１１１１１１１１１１１１１１.", "４１１１", "financial-account-number"],
  ["٤١١١ ١١١١ ١١١١ ١١١١", "١١١١", "financial-account-number"],
  ["4111.1111.1111.1111", "1111", "financial-account-number"],
  ["4111–1111–1111–1111", "1111", "financial-account-number"],
  ["4111\u00a01111\u00a01111\u00a01111", "1111", "financial-account-number"],
  ["4111\u200b1111\u200b1111\u200b1111", "1111", "financial-account-number"],
  ["2 4111 1111 1111 1111 12/27", "4111", "financial-account-number"],
  ["de89370400440532013000", "0440", "financial-account-number"],
  ["DE89-3704-0044-0532-0130-00", "0044", "financial-account-number"],
  ["es9121000418450200051332 here", "0418", "financial-account-number"],
  ["medicare 1eg4te5mk73", "1eg4", "health-insurance-number"],
  ['sent {"password": "hunter2"} to it', "hunter2", "password"],
];

/** The same in fields: by a name, beside a name, as a name, as a number, in a text that is JSON. */
const FIELDS: readonly (readonly [string, Json])[] = [
  ["4111111111111111", { note: 4111111111111111 }],
  ["4111111111111111", { "4111111111111111": "main card" }],
  ["123-45-6789", { nested: { "123-45-6789": { note: 1 } } }],
  ["hunter2", { raw: '{"password":"hunter2"}' }],
  ["hunter2", { raw: JSON.stringify({ inner: JSON.stringify([{ pw: "hunter2" }]) }) }],
  ["hunter2", { name: "password", value: "hunter2" }],
  ["hunter2", { pairs: [["password", "hunter2"]] }],
  ["hunter2", { userPassword: "hunter2" }],
  ["hunter2", { hashed_password: "hunter2" }],
  ["hunter2", { apiToken: "hunter2" }],
  ["7788", { accessCode: 7788 }],
  ["123456789", { tax_id: "123456789" }],
  ["123456789", { social: "123456789" }],
  ["x-1", { card_num: "x-1" }],
  ["x-1", { cardNo: "x-1" }],
  ["Y2FyZCA0MTEx", { photo: { base64: btoa("card 4111111111111111") } }],
];

/** Fields that only sound like it. */
const KEPT: Json = {
  name: "Iris",
  value: "likes tea",
  hasPassword: true,
  passwordChangedAt: "2026-11-21",
  social: "@ada",
  social_network: "x",
  raw: '{"id": 12345678901234567890, "ok":true}',
  count: 4111111111111112,
  tags: ["tea", "coffee"],
  photo: { base64: btoa("a picture") },
  broken: '{"a":',
};

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

  for (const [value, data] of FIELDS) {
    test(`is found in fields, whatever their form: ${JSON.stringify(data)}`, () => {
      const { value: shown, withheld } = screened(data, "data", ban);
      assert.ok(JSON.stringify(data).includes(value));
      assert.ok(!JSON.stringify([shown, withheld]).includes(value), JSON.stringify(shown));
      assert.equal(withheld.length, 1);
    });
  }

  test("is not seen in fields that only sound like it: they stay to the letter", () => {
    assert.deepEqual(screened(KEPT, "data", ban), { value: KEPT, withheld: [] });
  });

  test("two names that are withheld alike leave both of their fields", () => {
    const data = { "4111111111111111": "main", "5500000000000004": "other" };
    const { value } = screened(data, "data", ban);
    assert.deepEqual(Object.values(value as object), ["main", "other"]);
  });

  test("a text of brackets a million deep is words", () => {
    const text = "[".repeat(500_000) + "]".repeat(500_000);
    assert.equal(screened(text, "content", ban).value, text);
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
