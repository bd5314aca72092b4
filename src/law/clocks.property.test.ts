import assert from "node:assert/strict";
import { test } from "node:test";

import type { EpochMs } from "#kernel";
import { lawsInForce, requestClocks, RIGHTS, warningsOf } from "#law";

import * as fc from "../../test/support/properties.ts";

const packs = fc.subarray(["gdpr", "hipaa", "ccpa", "lgpd", "sb243"]);
const rights = fc.constantFrom(...RIGHTS);
const instants = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) }).map((ms) => ms as EpochMs);
const RUNS = { numRuns: 150 };

test("a law more never makes an answer later", () => {
  fc.assert(
    fc.property(packs, packs, rights, instants, (some, more, right, at) => {
      const before = requestClocks(lawsInForce(some), right, at);
      const after = requestClocks(lawsInForce([...some, ...more]), right, at);
      assert.ok(after.dueAt <= before.dueAt);
    }),
    RUNS,
  );
});

test("the office's date is never behind any statute's, nor more than 31 days away", () => {
  fc.assert(
    fc.property(packs, rights, instants, (names, right, at) => {
      const { dueAt, statutory } = requestClocks(lawsInForce(names), right, at);
      for (const clock of statutory) assert.ok(dueAt <= clock.dueAt);
      assert.ok(dueAt > at && dueAt - at <= 31 * 24 * 3_600_000);
    }),
    RUNS,
  );
});

test("an extension is later than the first date, and no law's own extension is exceeded", () => {
  fc.assert(
    fc.property(packs, rights, instants, (names, right, at) => {
      const { dueAt, extendedTo, statutory } = requestClocks(lawsInForce(names), right, at);
      if (extendedTo === null) return;
      assert.ok(extendedTo > dueAt);
      for (const clock of statutory) assert.ok(extendedTo <= (clock.extendedTo ?? clock.dueAt));
    }),
    RUNS,
  );
});

test("received later, it is due later or at the same time", () => {
  fc.assert(
    fc.property(packs, rights, instants, fc.nat(40 * 24 * 3_600_000), (names, right, at, by) => {
      const laws = lawsInForce(names);
      const later = requestClocks(laws, right, (at + by) as EpochMs);
      assert.ok(later.dueAt >= requestClocks(laws, right, at).dueAt);
    }),
    RUNS,
  );
});

test("warnings lie between receipt and answer, in order", () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 1, max: 1e10 }), (at, length) => {
      const [half, most] = warningsOf(at, (at + length) as EpochMs);
      assert.ok(at <= half && half <= most && most <= at + length);
    }),
  );
});
