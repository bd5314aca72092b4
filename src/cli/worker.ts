import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, systemClock } from "#kernel";

import type { Cli } from "./command.ts";
import { openTarget, targetsOf, type Opened, type Target } from "./open.ts";

export interface WorkerOptions {
  readonly everyMs: number;
  /** Ends after each region had its turn. */
  readonly once: boolean;
}

export interface Worked {
  readonly runs: number;
  readonly failed: number;
}

/** How often a region is asked whether something is due. */
const LOOK_MS = 5_000;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Works for every region until it is told to stop.
 *
 * Why several workers do no harm: each erasure is done under a lease, a sweep finds nothing that
 * another one did, and one that was killed left an intent that the next finishes. A region that is
 * away, or was opened with another configuration since, is opened anew at the next look.
 */
export async function runWorker(cli: Cli, options: WorkerOptions): Promise<Worked> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    const targets = await targetsOf(cli.settings, cli.folder);
    const done = await Promise.all(targets.map((one) => workIn(one, cli, options, stop.signal)));
    const sum = (of: keyof Worked) => done.reduce((total, one) => total + one[of], 0);
    return { runs: sum("runs"), failed: sum("failed") };
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

async function workIn(
  target: Target,
  cli: Cli,
  { everyMs, once }: WorkerOptions,
  stop: AbortSignal,
): Promise<Worked> {
  let [runs, failed] = [0, 0];
  let opened: Opened | null = null;
  let seen = "";
  const say = (line: object) => {
    const at = new Date(systemClock.now()).toISOString();
    cli.terminal.print(JSON.stringify({ at, region: target.region, ...line }));
  };
  try {
    while (!stop.aborted) {
      try {
        opened ??= await openKept(target, cli.settings.tenant);
        if (once || (await isDue(opened, everyMs))) {
          say({ sweep: await opened.oubli.sweep() });
          const { incidents } = await opened.oubli.breach.detect();
          if (incidents.length > 0) say({ suspected: incidents });
          runs += 1;
        }
        seen = "";
      } catch (error) {
        if (!isOubliError(error)) throw error;
        if (once || error.code !== seen) say({ error: error.code });
        seen = error.code;
        failed += 1;
        await opened?.oubli.close().catch(() => {});
        opened = null;
      }
      if (once) break;
      await pause(Math.min(LOOK_MS, everyMs), null, { signal: stop }).catch(() => {});
    }
  } finally {
    await opened?.oubli.close();
  }
  return { runs, failed };
}

/** With the configuration that the application put into force: a worker changes none. */
function openKept(target: Target, tenant: string | null): Promise<Opened> {
  return openTarget({ ...target, configured: false }, tenant, { existing: true });
}

/** Whoever swept last wrote it down: a worker more makes no sweep more. */
async function isDue({ stores }: Opened, everyMs: number): Promise<boolean> {
  const last = await stores.audit.lastEntry("ledger", "retention.run");
  return last === null || systemClock.now() - last.ts >= everyMs;
}
