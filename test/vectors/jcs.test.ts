/** The test data of RFC 8785's author, against the house's own canonical JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { canonicalBytes, type Json } from "#kernel";

import { vectorBytes, vectorJson, VECTORS } from "./vectors.ts";

for (const name of ["arrays", "french", "structures", "unicode", "values", "weird"]) {
  test(`RFC 8785: ${name} has the canonical bytes of the test data`, VECTORS, () => {
    const input = vectorJson<Json>(`jcs/${name}.input.json`);
    assert.deepEqual(canonicalBytes(input), vectorBytes(`jcs/${name}.output.json`));
  });
}
