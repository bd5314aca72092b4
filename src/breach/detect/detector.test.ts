import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS, HOUR_MS, MINUTE_MS, word, type EpochMs, type SubjectId, type Word } from "#kernel";

import { Detector, type Finding } from "./detector.ts";

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

/** So many actors that nobody knows, each of whom reads twenty people: below every line of one. */
function newNames(detector: Detector, day: number, count: number) {
  return Array.from({ length: count * 20 }, (_, nth) => {
    const at = START + day * DAY_MS + 10 * HOUR_MS + nth * 10;
    return detector.observe({
      at: at as EpochMs,
      tenant: word("default"),
      actor: `new-${day}-${nth % count}` as Word,
      kind: "release",
      person: `victim-${day}-${nth}` as SubjectId,
      items: 1,
    });
  }).flat();
}

function rulesOf(findings: readonly Finding[]) {
  return findings.map(({ rule, actor }) => ({ rule, actor }));
}

const TOGETHER = [{ rule: "strangers", actor: null }];

describe("a detector", () => {
  test("counts the actors that nobody knows together, and says so once a day", () => {
    const detector = new Detector();
    for (let day = 0; day < 30; day += 1) work(detector, day);
    assert.deepEqual(rulesOf(newNames(detector, 30, 200)), TOGETHER);
  });

  test("takes names that were made days ago, and did next to nothing, for new", () => {
    const detector = new Detector();
    for (let day = 0; day < 30; day += 1) work(detector, day);
    const thief = (day: number, at: number) =>
      detector.observe({
        at: (START + day * DAY_MS + 10 * HOUR_MS + at) as EpochMs,
        tenant: word("default"),
        actor: `made-${at % 100}` as Word,
        kind: "release",
        person: `victim-${at}` as SubjectId,
        items: 1,
      });
    for (let at = 0; at < 100; at += 1) thief(27, at);
    const stolen = Array.from({ length: 900 }, (_, at) => thief(30, at)).flat();
    assert.deepEqual(rulesOf(stolen), TOGETHER);
  });

  test("alarms nobody where that many are new every day", () => {
    const detector = new Detector();
    const found = Array.from({ length: 40 }, (_, day) => [
      ...work(detector, day),
      ...newNames(detector, day, 60),
    ]);
    assert.deepEqual(found.flat(), []);
    assert.deepEqual(rulesOf(newNames(detector, 40, 600)), TOGETHER);
  });

  test("tells once of a new actor that alarms by itself", () => {
    const detector = new Detector();
    for (let day = 0; day < 30; day += 1) work(detector, day);
    const found = Array.from({ length: 2000 }, (_, at) =>
      detector.observe({
        at: (START + 30 * DAY_MS + 10 * HOUR_MS + at) as EpochMs,
        tenant: word("default"),
        actor: word("loud"),
        kind: "release",
        person: `victim-${at}` as SubjectId,
        items: 1,
      }),
    ).flat();
    assert.ok(found.length > 0 && found.every(({ actor }) => actor === "loud"));
  });

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
