import assert from "node:assert/strict";
import { test } from "node:test";

import { createTexts } from "./texts.ts";

test("texts stay what they are while others come and go", () => {
  const texts = createTexts();
  const textOf = (row: number): number[] => Array.from({ length: 1 + (row % 7) }, () => row);
  for (let row = 0; row < 100; row += 1) texts.put(row, textOf(row));
  for (let row = 0; row < 100; row += 3) texts.clear(row);
  for (let row = 0; row < 100; row += 3) texts.put(row, textOf(row + 1000));
  for (let row = 0; row < 100; row += 1) {
    assert.deepEqual([...texts.of(row)], textOf(row % 3 === 0 ? row + 1000 : row));
  }
});

test("a removed text leaves none of its numbers behind", () => {
  const texts = createTexts();
  texts.put(0, [7, 7, 7]);
  texts.put(1, [8]);
  texts.clear(0);
  assert.equal(texts.terms.includes(7), false);
  assert.deepEqual([...texts.of(1)], [8]);
});

test("the room of removed texts is used again", () => {
  const texts = createTexts();
  for (let time = 0; time < 1000; time += 1) {
    texts.put(0, [1, 2, 3]);
    texts.clear(0);
  }
  assert.ok(texts.terms.length < 20);
});
