import assert from "node:assert/strict";
import { test } from "node:test";

import { oddPart } from "./plain.ts";

const odd = (value: unknown) => oddPart(value, { depth: 6, dates: true });

test("objects, arrays, dates in fields and everything that is no object are plain", () => {
  for (const plain of [
    null,
    "text",
    7,
    { a: [{ b: 1 }], c: new Date(), d: () => 1 },
    Object.assign(Object.create(null), { a: 1 }),
  ]) {
    assert.equal(odd(plain), null);
  }
});

test("what is of a class, inherited, or a way to a prototype is found where it stands", () => {
  for (const strange of [new Map(), Promise.resolve(), Object.create({ a: 1 }), new URL("x:y")]) {
    assert.deepEqual(odd({ a: [{ b: strange }] }), { path: ["a", "0", "b"], unreadable: false });
  }
  assert.deepEqual(odd(JSON.parse('{"__proto__":1}')), { path: [], unreadable: false });
  assert.deepEqual(odd(new Date()), { path: [], unreadable: false });
});

test("what cannot be read is found, and what it threw is not told", () => {
  const getter = Object.defineProperty({}, "b", {
    enumerable: true,
    get: () => {
      throw new Error("Ada Lovelace");
    },
  });
  assert.deepEqual(odd({ a: getter }), { path: ["a", "b"], unreadable: true });
});

test("it looks no further down than it is told", () => {
  assert.equal(oddPart({ a: new Map() }, { depth: 1, dates: true }), null);
  const circle: Record<string, unknown> = {};
  circle["circle"] = circle;
  assert.equal(odd(circle), null);
});
