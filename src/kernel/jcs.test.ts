import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "../../test/support/properties.ts";
import { canonicalJson, type Json } from "./jcs.ts";

test("keys are sorted by UTF-16 code units, at every depth", () => {
  assert.equal(canonicalJson({ b: 1, a: { z: [], y: null } }), '{"a":{"y":null,"z":[]},"b":1}');
  assert.equal(canonicalJson({ "\ufb33": 1, "\u{1f600}": 2 }), '{"\u{1f600}":2,"\ufb33":1}');
});

test("numbers are written as ECMAScript writes them", () => {
  assert.equal(canonicalJson([-0, 1e21, 0.000001, 1e-7]), "[0,1e+21,0.000001,1e-7]");
});

test("what has no canonical form is refused: NaN, infinity, a lone surrogate", () => {
  for (const value of [NaN, Infinity, "\ud800", { "\udc00": 1 }]) {
    assert.throws(() => canonicalJson(value), TypeError);
  }
});

test("any JSON value comes back as it went in, and its canonical text is a fixed point", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(JSON.parse(text) as Json), text);
    }),
  );
});
