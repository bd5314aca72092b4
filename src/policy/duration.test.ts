import assert from "node:assert/strict";
import { test } from "node:test";

import type { EpochMs } from "#kernel";

import * as fc from "../../test/support/properties.ts";
import { addDuration, durationBoundsMs, durationText, parseDuration } from "./duration.ts";

const instants = fc
  .integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2200, 0, 1) })
  .map((ms) => ms as EpochMs);
const durations = fc.record({
  months: fc.integer({ min: 0, max: 1200 }),
  days: fc.integer({ min: 0, max: 4000 }),
});

test("a duration is years, months, weeks and days, in that order", () => {
  assert.deepEqual(parseDuration("P1Y2M3W4D"), { months: 14, days: 25 });
  assert.deepEqual(parseDuration("P90D"), { months: 0, days: 90 });
});

test("nothing else is a duration: no zero, no time of day, no fraction, no other order", () => {
  const others = ["", "P", "P0D", "PT1H", "P1.5Y", "P1D1Y", "p1y", "-P1D", " P1D", "P1DT0S", "1Y"];
  for (const text of others) assert.equal(parseDuration(text), null, text);
});

test("months are calendar months, clamped to the month's last day", () => {
  for (const [from, text, to] of [
    ["2026-01-31T08:00:00Z", "P1M", "2026-02-28T08:00:00Z"],
    ["2028-01-31T08:00:00Z", "P1M", "2028-02-29T08:00:00Z"],
    ["2028-02-29T00:00:00Z", "P1Y", "2029-02-28T00:00:00Z"],
    ["2026-11-30T23:59:59Z", "P3M", "2027-02-28T23:59:59Z"],
    ["2026-12-31T00:00:00Z", "P2M1D", "2027-03-01T00:00:00Z"],
  ] as const) {
    const end = addDuration(Date.parse(from) as EpochMs, parseDuration(text)!);
    assert.equal(end, Date.parse(to), `${from} + ${text}`);
  }
});

test("wherever a duration starts, it stays within its bounds", () => {
  fc.assert(
    fc.property(instants, durations, (at, duration) => {
      const { least, most } = durationBoundsMs(duration);
      const taken = addDuration(at, duration) - at;
      assert.ok(least <= taken && taken <= most);
    }),
    { numRuns: 2000 },
  );
});

test("the bounds hold from every day of four years, for every length up to four years", () => {
  for (let day = 0; day < 1461; day += 1) {
    const at = Date.UTC(2027, 0, 1 + day) as EpochMs;
    for (let months = 1; months <= 48; months += 1) {
      const { least, most } = durationBoundsMs({ months, days: 0 });
      const taken = addDuration(at, { months, days: 0 }) - at;
      assert.ok(least <= taken && taken <= most);
    }
  }
});

test("a duration is told as people read it", () => {
  assert.equal(durationText("P1Y6M"), "1 year 6 months");
  assert.equal(durationText("P365D"), "365 days");
});
