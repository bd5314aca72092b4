import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS, HOUR_MS, MINUTE_MS, word, type EpochMs, type SubjectId } from "#kernel";

import { Detector } from "./detector.ts";

const START = Date.UTC(2026, 0, 5);

function reads(detector: Detector, at: number, person: string) {
  return detector.observe({
    at: at as EpochMs,
    tenant: word("default"),
    actor: word("desk"),
    kind: "release",
    person: person as SubjectId,
    items: 3,
  });
}

/** What one day of the usual work alarms. */
function work(detector: Detector, day: number) {
  return Array.from({ length: 40 }, (_, nth) => {
    const at = START + day * DAY_MS + 8 * HOUR_MS + nth * 15 * MINUTE_MS;
    return reads(detector, at, `person-${(day * 40 + nth) % 200}`);
  }).flat();
}

describe("a detector", () => {
  test("watches an actor as before, once one entry of theirs came from a clock that was ahead", () => {
    const detector = new Detector();
    for (let day = 0; day < 30; day += 1) work(detector, day);
    reads(detector, START + 400 * DAY_MS, "ada");
    for (let day = 30; day < 50; day += 1) work(detector, day);
    assert.deepEqual(work(detector, 50), []);
    const stolen = Array.from({ length: 500 }, (_, at) => {
      return reads(detector, START + 51 * DAY_MS + 10 * HOUR_MS + at * 1000, `victim-${at}`);
    });
    assert.ok(stolen.flat().some(({ rule }) => rule === "breadth-hour"));
  });
});
