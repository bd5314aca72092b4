import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

/** The rooms, floor by floor. A room may use any lower floor, and nothing beside or above it. */
const FLOORS: readonly (readonly string[])[] = [
  ["kernel", "verify"],
  ["audit", "keys", "policy", "law"],
  ["consent", "egress", "cases"],
  ["memory", "sources"],
  ["erasure", "analytics", "breach"],
  ["retention", "transfer", "rights", "accountability"],
  ["backup"],
  ["store", "connectors"],
  ["engine"],
  ["posture"],
  ["cli"],
];

/** The package's own doors: files beside the rooms that only re-export. */
const DOORS = new Set(["src/index.ts", "src/testing.ts", "src/require-node.ts"]);

const IMPORT = /(?:from|import)\s*\(?\s*"([^"]+)"/g;

const roomOf = (file: string): string => file.split("/")[1] ?? "";
const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));

function violations(file: string, source: string): string[] {
  const room = roomOf(file);
  const targets = [...source.matchAll(IMPORT)].map((match) => match[1]!);
  const wrong = targets.filter((target) => {
    if (target.startsWith("#")) {
      const other = target.slice(1);
      return other.includes("/") || floorOf(other) === -1 || floorOf(other) >= floorOf(room);
    }
    if (target.startsWith(".")) {
      return roomOf(posix.join(posix.dirname(file), target)) !== room;
    }
    return false;
  });
  return wrong.map((target) => `${file} must not import ${target}`);
}

const sources = globSync("src/**/*.ts")
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !DOORS.has(file) && !file.endsWith(".test.ts"));

test("every room imports only what its floor allows, and only through doors", () => {
  assert.ok(sources.length > 10, "a check that sees no files would pass for ever");
  const unknown = sources.filter((file) => floorOf(roomOf(file)) === -1);
  assert.deepEqual(unknown, [], "every folder in src/ must have a floor");
  const found = sources.flatMap((file) => violations(file, readFileSync(file, "utf8")));
  assert.deepEqual(found, []);
});

for (const [what, line] of [
  ["upward", 'import { openOubli } from "#engine";'],
  ["sideways", 'import type { Permit } from "#policy";'],
  ["re-exported", 'export { erase } from "#erasure";'],
  ["dynamic", 'const lazy = import("#engine");'],
  ["through the window", 'import { shred } from "../keys/shred.ts";'],
  ["past the door", 'import { shred } from "#keys/shred";'],
] as const) {
  test(`the check bites: an import that is ${what}`, () => {
    assert.equal(violations("src/audit/log.ts", line).length, 1);
  });
}

test("the domain never asks the system for the time", () => {
  const calls = sources.filter(
    (file) =>
      file !== "src/kernel/clock.ts" && /Date\.now\(|new Date\(\)/.test(readFileSync(file, "utf8")),
  );
  assert.deepEqual(calls, []);
});
