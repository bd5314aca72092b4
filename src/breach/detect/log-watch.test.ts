import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { LogName, StoredEntry } from "#audit";
import { DAY_MS, HOUR_MS, utf8, type EpochMs } from "#kernel";

import type { Finding } from "./detector.ts";
import { LogWatch, type LogReader } from "./log-watch.ts";

const START = Date.UTC(2026, 0, 5);

interface Line {
  readonly at: number;
  readonly log: number;
  readonly items: number;
}

/** Logs in memory, side by side. */
function logsOf(lines: readonly Line[], count: number): LogReader {
  const names: LogName[] = ["access", "access-1", "access-2", "access-3"];
  const logs = names.slice(0, count);
  const rows = new Map(logs.map((log) => [log, [] as StoredEntry[]]));
  for (const { at, log, items } of lines) {
    const of = rows.get(logs[log % count]!)!;
    const actor = { kind: "staff", id: "desk", roles: ["desk"] };
    const nodes = Array.from({ length: items }, () => ({}));
    const subject = `sub_${log}`;
    const entry = { t: "retrieve", ts: at, tenant: "shop", actor, subject, nodes };
    const bytes = utf8(JSON.stringify(entry));
    const stored = { index: of.length, type: "retrieve", ts: at, subject, bytes };
    of.push(stored as unknown as StoredEntry);
  }
  return {
    logs: [...logs, "ledger"],
    head: async (log) => ({ size: rows.get(log)?.length ?? 0, frontier: [] }),
    entries: async (log, { from, limit }) => (rows.get(log) ?? []).slice(from, from + limit),
  };
}

/** Three weeks of a quiet desk, and then one hour in which it reads everything. */
const QUIET: Line[] = Array.from({ length: 21 * 8 }, (_, at) => ({
  at: START + Math.floor(at / 8) * DAY_MS + (9 + (at % 8)) * HOUR_MS,
  log: at,
  items: 5,
}));
const LAST = START + 21 * DAY_MS + 10 * HOUR_MS;
const LOUD: Line[] = Array.from({ length: 40 }, (_, at) => ({ at: LAST + at, log: at, items: 10 }));

const clock = { now: () => (LAST + HOUR_MS) as EpochMs };

async function found(reader: LogReader, watch = new LogWatch()): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await watch.follow({ store: reader, clock }, async (finding) => void findings.push(finding));
  return findings;
}

describe("following the logs", () => {
  for (const count of [1, 4]) {
    test(`what is usual is learned in the order of time, over ${count} logs`, async () => {
      assert.deepEqual(await found(logsOf(QUIET, count)), []);
      const rules = (await found(logsOf([...QUIET, ...LOUD], count))).map(({ rule }) => rule);
      assert.ok(rules.includes("volume-hour"));
    });
  }

  test("each entry counts once, however often and at once it is asked", async () => {
    const watch = new LogWatch();
    const reader = logsOf([...QUIET, ...LOUD], 4);
    const counts = await Promise.all(
      [1, 2, 3].map(() => watch.follow({ store: reader, clock }, async () => {})),
    );
    assert.deepEqual(counts, [QUIET.length + LOUD.length, 0, 0]);
  });

  test("a finding that could not be dealt with comes again", async () => {
    const watch = new LogWatch();
    const reader = logsOf([...QUIET, ...LOUD], 1);
    const failing = watch.follow({ store: reader, clock }, async () => {
      throw new Error("the register is away");
    });
    await assert.rejects(failing);
    assert.ok((await found(reader, watch)).length > 0);
    assert.deepEqual(await found(reader, watch), []);
  });

  test("what lies further back than five weeks is not read", async () => {
    const old = { at: START - 60 * DAY_MS, log: 0, items: 1 };
    const entries = await new LogWatch().follow(
      { store: logsOf([old, ...QUIET], 1), clock },
      async () => {},
    );
    assert.equal(entries, QUIET.length);
  });
});
