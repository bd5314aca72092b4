import { join } from "node:path";

import { checkRegion } from "./check-folder.ts";
import { isAcknowledged } from "./items.ts";
import { readJournals, type Act, type Operation } from "./history.ts";
import type { Mistake } from "./planted-mistakes.ts";
import type { Weights } from "./random-acts.ts";
import { newGround, openGround, type Engine, type Ground } from "./ground.ts";
import { closeStores, LEASES_OVER_MS, movableClock, openProcess } from "./region.ts";
import { startWorker } from "./run-worker.ts";
import { storyOf } from "./story.ts";

const WEIGHTS: Weights = {
  remember: 26,
  recall: 34,
  block: 4,
  correct: 9,
  forget: 9,
  derive: 5,
  grant: 7,
  withdraw: 3,
  // A person erased but for what is held keeps the name, and nobody could go on.
  hold: 0,
  release: 0,
  erase: 0.6,
  rotate: 0.3,
  sweep: 0.5,
};

const NAMES = ["ada", "bea", "cleo"];

export interface CoherencePlan {
  readonly engine: Engine;
  readonly seed: number;
  readonly processes: number;
  readonly seconds: number;
  /** How far the clock of the last of them is ahead. */
  readonly aheadMs?: number;
  /** What the first of them does wrong. */
  readonly mistake?: Mistake;
  /** What an administrator does beside them, on a server. */
  readonly meanwhile?: (adminUrl: string) => Promise<void>;
}

export interface CoherenceReport {
  readonly operations: number;
  readonly recalls: number;
  /** Acknowledged acts that write, of each process. */
  readonly commits: readonly number[];
  /** How often each error was met, by each process. */
  readonly errors: readonly Readonly<Record<string, number>>[];
  readonly faults: readonly string[];
  readonly story: string;
}

/** Lets several processes act on one region at once, and compares what each of them saw. */
export async function coherence(plan: CoherencePlan): Promise<CoherenceReport> {
  await using ground = await newGround(plan.engine);
  const { folder } = ground;
  const names = Array.from({ length: plan.processes }, (_, at) => `p${at}`);
  // One alone makes the databases: what is looked at is how processes share them.
  const clock = movableClock(Date.now());
  const made = await openGround(ground, clock);
  await (await openProcess(made, clock)).oubli.close();
  await closeStores(made);
  const workers = names.map((by, at) =>
    startWorker({
      ground,
      journal: join(folder, `${by}.journal`),
      by,
      seed: plan.seed + at * 100,
      names: NAMES,
      weights: WEIGHTS,
      lanes: 2,
      clockAheadMs: at === names.length - 1 ? (plan.aheadMs ?? 0) : 0,
      seconds: plan.seconds,
      mistake: at === 0 ? (plan.mistake ?? null) : null,
    }),
  );
  // A slow machine opens them one after the other; what is looked at is all of them at once.
  await Promise.all(workers.map(({ opened, ended }) => Promise.race([opened, ended])));
  for (const worker of workers) worker.start();
  await plan.meanwhile?.(ground.adminUrl);
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  const faults = ends.flatMap((end, at) => (end === 0 ? [] : [`${names[at]} ended with ${end}`]));
  const history = readJournals(names.map((by) => join(folder, `${by}.journal`)));
  faults.push(...(await faultsOf(ground, history, plan.aheadMs ?? 0)));
  const of = (by: string): Operation[] => history.filter((one) => one.by === by);
  return {
    operations: history.length,
    recalls: history.filter(({ act }) => act.kind === "recall").length,
    commits: names.map((by) => of(by).filter((one) => isAcknowledged(one) && writes(one)).length),
    errors: names.map((by) => errorsOf(of(by))),
    faults,
    story: storyOf(history, faults),
  };
}

const NO_WRITE: ReadonlySet<Act["kind"]> = new Set(["register"]);

function writes({ act }: Operation): boolean {
  return !NO_WRITE.has(act.kind);
}

async function faultsOf(
  ground: Ground,
  history: readonly Operation[],
  aheadMs: number,
): Promise<string[]> {
  const clock = movableClock(Date.now() + aheadMs + LEASES_OVER_MS);
  const stores = await openGround(ground, clock);
  try {
    const { oubli } = await openProcess(stores, clock);
    const faults = await checkRegion({ oubli, stores }, clock, history);
    await oubli.close();
    return faults;
  } finally {
    await closeStores(stores);
  }
}

function errorsOf(operations: readonly Operation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of operations) {
    if (outcome === null || "ok" in outcome) continue;
    counts[outcome.error] = (counts[outcome.error] ?? 0) + 1;
  }
  return counts;
}
