import { DAY_MS, word, type EpochMs } from "#kernel";
import { memoryRootProvider } from "#keys";
import type { ConfigInput, OubliConfig } from "#policy";
import { openAuditStore, openKeyStore, openMemoryStore, openNotaryStore } from "#store";

import { openWith, resolveConfig, type OpenOptions } from "./open.ts";
import type { Oubli } from "./oubli.ts";
import { refuseGiven } from "./refuse-given.ts";

/** A clock that stands still until it is told to move. */
export interface TestClock {
  now(): EpochMs;
  /** Moves it forward. */
  advance(by: { readonly ms?: number; readonly days?: number }): void;
}

export function testClock(start: Date | number = Date.UTC(2026, 0, 1)): TestClock {
  let now = Number(start);
  return {
    now: () => now as EpochMs,
    advance({ ms = 0, days = 0 }) {
      now += ms + days * DAY_MS;
    },
  };
}

/**
 * A whole Oubli in memory, with a clock that the test moves: the same code as on disk, on SQLite's
 * in-memory databases. Nothing is left when it is closed.
 */
export async function openTestOubli(
  config?: OubliConfig | ConfigInput,
  options: Omit<OpenOptions, "clock" | "sweep"> = {},
): Promise<Oubli & { readonly clock: TestClock }> {
  const clock = testClock();
  const resolved = resolveConfig(config);
  await refuseGiven(resolved, { ...options, clock });
  const audit = openAuditStore(":memory:");
  const stores = {
    audit,
    cases: audit.cases,
    tallies: audit.tallies,
    keys: openKeyStore(":memory:"),
    memory: openMemoryStore(":memory:"),
    notary: openNotaryStore(":memory:"),
    root: memoryRootProvider({ clock }),
  };
  const region = Object.keys(resolved.regions)[0] ?? word("default");
  const oubli = await openWith(stores, resolved, region, false, {
    ...options,
    clock,
    sweep: "manual",
  });
  return { ...oubli, clock };
}
