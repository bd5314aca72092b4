import assert from "node:assert/strict";
import { test } from "node:test";

import { canonicalJson, type Json } from "#kernel";

import * as fc from "../../test/support/properties.ts";
import { parseCanonicalObject } from "./canonical-json.ts";

const wellFormed = fc.jsonValue({ stringUnit: "grapheme" });

test("what the rest of the house writes as canonical JSON is read back", () => {
  fc.assert(
    fc.property(wellFormed, (value) => {
      const text = canonicalJson({ value: value as Json });
      assert.deepEqual(parseCanonicalObject(text), JSON.parse(text));
    }),
  );
});

test("every other spelling of the same value is refused", () => {
  for (const text of [
    '{"a":1,"b":2} ',
    ' {"a":1}',
    '{"a": 1}',
    '{"b":2,"a":1}',
    '{"a":1,"a":1}',
    '{"a":2,"a":1}',
    '{"a":{"c":1,"b":2}}',
    '{"a":1.0}',
    '{"a":-0}',
    '{"a":1e2}',
    '{"a":9007199254740993}',
    '{"a":1e999}',
    '{"a":"\\u0061"}',
    '{"a":"\\/"}',
    '{"a":"\\ud800"}',
    '{"\\ud800":1}',
    '\ufeff{"a":1}',
    '{"a":1}\n',
  ]) {
    assert.equal(parseCanonicalObject(text), null, text);
  }
});

test("an object is an object: no list, no bare value, no broken text", () => {
  for (const text of ["", "null", "1", '"a"', "[]", "{", "{a:1}", "undefined"]) {
    assert.equal(parseCanonicalObject(text), null, text);
  }
});

test("keys that mean something to JavaScript are keys like others", () => {
  const read = parseCanonicalObject('{"__proto__":1,"constructor":2}');
  assert.deepEqual(Object.entries(read ?? {}), [
    ["__proto__", 1],
    ["constructor", 2],
  ]);
});

test("a text nested without end is refused, and does not exhaust the stack", () => {
  const depth = 100_000;
  assert.equal(parseCanonicalObject(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`), null);
});
