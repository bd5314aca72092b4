import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { startPostgres, type PostgresServer } from "../../support/postgres.ts";
import { checkRegion } from "./check-folder.ts";
import { newGround, openGround } from "./ground.ts";
import { readJournals, type Operation } from "./history.ts";
import { isAcknowledged } from "./items.ts";
import { KILL_WEIGHTS, unexpected } from "./kill-rounds.ts";
import { randomOf } from "./random.ts";
import { closeStores, LEASES_OVER_MS, movableClock, openProcess } from "./region.ts";
import { startWorker, type Worker } from "./run-worker.ts";
import { storyOf } from "./story.ts";

export interface ServerKillPlan {
  readonly seed: number;
  readonly processes: number;
  readonly kills: number;
  /** What is killed. Default: one server. */
  readonly start?: () => Promise<PostgresServer & { settled?(): Promise<void> }>;
}

export interface ServerKillReport {
  readonly operations: number;
  readonly acknowledged: number;
  /** Acts that a server which was away cut short. */
  readonly cut: number;
  /** Processes that were killed with the server, and took another's place. */
  readonly reopened: number;
  readonly faults: readonly string[];
  readonly story: string;
}

/** What a server that is away may lead to: the act may have happened, or happen yet. */
const OUTAGE: ReadonlySet<string> = new Set([
  "AUDIT_UNAVAILABLE",
  "OUTCOME_UNKNOWN",
  "STORE_BUSY",
  "STORE_UNAVAILABLE",
]);

/** How long the processes may take to find a server that is back. */
const SERVED_MS = 60_000;

const NAMES = ["ada", "bea", "cleo"];

/**
 * Kills a server under processes that go on when it is back, and some of which are killed as well;
 * then looks at what is left.
 */
export async function serverKills(plan: ServerKillPlan): Promise<ServerKillReport> {
  const random = randomOf(plan.seed);
  await using server: PostgresServer & { settled?(): Promise<void> } = await (
    plan.start ?? startPostgres
  )();
  await using ground = await newGround("postgres", server);
  const journals: string[] = [];
  let aheadMs = 0;

  const live = async (): Promise<Worker> => {
    const by = `w${journals.length}`;
    journals.push(join(ground.folder, `${by}.journal`));
    const worker = startWorker({
      ground,
      journal: journals.at(-1)!,
      by,
      seed: random.below(2 ** 31),
      names: NAMES,
      weights: KILL_WEIGHTS,
      lanes: 3,
      clockAheadMs: aheadMs,
      seconds: null,
      mistake: null,
    });
    await Promise.race([worker.opened, worker.ended]);
    return worker;
  };
  const acknowledged = (): number => readJournals(journals).filter(isAcknowledged).length;

  const workers: Worker[] = [];
  const ends: Promise<number | string>[] = [];
  try {
    for (let at = 0; at < plan.processes; at += 1) workers.push(await live());
    for (let kill = 0; kill < plan.kills; kill += 1) {
      await served(acknowledged);
      await pause(random.below(300));
      await server.kill();
      const dies = random.below(3) === 0 ? random.below(plan.processes) : null;
      if (dies !== null) ends.push(killed(workers[dies]!));
      await server.restart();
      if (dies === null) continue;
      // Its successor takes up what it left: every lease of the dead is over by its clock.
      aheadMs += LEASES_OVER_MS;
      workers[dies] = await live();
    }
  } finally {
    ends.push(...workers.map(killed));
  }
  const faults = (await Promise.all(ends))
    .filter((end) => end !== "SIGKILL")
    .map((end) => `a process ended with ${end}`);

  await server.settled?.();
  const told = readJournals(journals);
  const history = told.map(unacknowledged);
  const clock = movableClock(Date.now() + aheadMs + LEASES_OVER_MS);
  const stores = await openGround(ground, clock);
  const { oubli } = await openProcess(stores, clock);
  faults.push(...(await checkRegion({ oubli, stores }, clock, history)));
  faults.push(...unexpected(history));
  await oubli.close();
  await closeStores(stores);
  return {
    operations: told.length,
    acknowledged: told.filter(isAcknowledged).length,
    cut: history.filter(({ outcome }) => outcome === null).length,
    reopened: journals.length - plan.processes,
    faults,
    story: storyOf(history, faults),
  };
}

/** Waits until something more is acknowledged: the server is of use to them. */
async function served(acknowledged: () => number): Promise<void> {
  const before = acknowledged();
  const deadline = performance.now() + SERVED_MS;
  while (acknowledged() === before) {
    if (performance.now() > deadline) throw new Error("no process goes on");
    await pause(50);
  }
}

function killed(worker: Worker): Promise<number | string> {
  worker.kill();
  return worker.ended;
}

/** What an outage cut short may have happened, and may be finished later. */
function unacknowledged(operation: Operation): Operation {
  const { outcome } = operation;
  if (outcome === null || "ok" in outcome || !OUTAGE.has(outcome.error)) return operation;
  return { ...operation, ended: Infinity, outcome: null };
}
