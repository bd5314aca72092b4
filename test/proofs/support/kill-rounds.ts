import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { checkRegion } from "./check-folder.ts";
import { readJournals, type Operation } from "./history.ts";
import { isAcknowledged } from "./items.ts";
import type { Mistake } from "./planted-mistakes.ts";
import { randomOf } from "./random.ts";
import type { Weights } from "./random-acts.ts";
import { newGround, openGround, type Engine, type Ground } from "./ground.ts";
import { closeStores, LEASES_OVER_MS, movableClock, openProcess, SETTLED_MS } from "./region.ts";
import { startWorker, type WorkerOrder } from "./run-worker.ts";
import { settled } from "./settled.ts";
import { storyOf } from "./story.ts";
import { until } from "./until.ts";

export const KILL_WEIGHTS: Weights = {
  remember: 30,
  recall: 14,
  block: 3,
  correct: 12,
  forget: 12,
  derive: 7,
  grant: 8,
  withdraw: 4,
  hold: 3,
  release: 5,
  erase: 4,
  rotate: 3,
  sweep: 3,
};

const ONLY_REMEMBER = Object.fromEntries(
  Object.keys(KILL_WEIGHTS).map((kind) => [kind, kind === "remember" ? 1 : 0]),
) as unknown as Weights;

const NAMES = ["ada", "bea", "cleo"];

/** Of eight processes, those that are killed while they open: one that recovers from another, too. */
const KILLED_OPENING = [true, true, false, false, false, false, false, false];

/** An opening has about as many steps. */
const OPENING_STEPS = { sqlite: 240, postgres: 150 } as const;

/** How far the clock may jump between two lives: leases and orphans are over, or not. */
const JUMPS_MS = [0, 0, 0, LEASES_OVER_MS, SETTLED_MS];

export interface KillPlan {
  readonly engine: Engine;
  readonly seed: number;
  /** Kills between two checks: the recovery of all but the last is a worker's, and is killed too. */
  readonly killsPerCheck: number;
  /** Checks of one region, before it is thrown away. */
  readonly checks: number;
  readonly mistake?: Mistake;
}

export interface KillReport {
  readonly kills: number;
  /** Kills of a process that had not opened yet. */
  readonly whileOpening: number;
  readonly operations: number;
  readonly acknowledged: number;
  /** Acts that had begun and were not acknowledged when their process was killed. */
  readonly cut: number;
  readonly faults: readonly string[];
  /** The acts behind the first fault. */
  readonly story: string;
}

/** Kills process after process on one region, and looks at what they leave. */
export async function killRounds(plan: KillPlan): Promise<KillReport> {
  const random = randomOf(plan.seed);
  const weights = plan.mistake ? ONLY_REMEMBER : KILL_WEIGHTS;
  await using ground = await newGround(plan.engine);
  const journals: string[] = [];
  const faults: string[] = [];
  let [aheadMs, whileOpening] = [0, 0];
  let history: readonly Operation[] = [];
  for (let check = 0; check < plan.checks && faults.length === 0; check += 1) {
    for (let kill = 0; kill < plan.killsPerCheck; kill += 1) {
      aheadMs += random.pick(JUMPS_MS)!;
      const journal = join(ground.folder, `${journals.length}.journal`);
      const by = `w${journals.length}`;
      journals.push(journal);
      const order: WorkerOrder = {
        ground,
        journal,
        by,
        seed: random.below(2 ** 31),
        names: NAMES,
        weights,
        lanes: 3,
        clockAheadMs: aheadMs,
        seconds: null,
        mistake: plan.mistake ?? null,
      };
      const opening = KILLED_OPENING[(plan.seed + journals.length) % KILLED_OPENING.length]!;
      const end = opening
        ? await dieOpening(order, 1 + random.below(OPENING_STEPS[plan.engine]))
        : await liveAndDie(order, random.below(120));
      if (end !== "SIGKILL") faults.push(`${by} ended with ${end}`);
      if (opening) whileOpening += 1;
    }
    history = readJournals(journals);
    aheadMs += LEASES_OVER_MS;
    await settled(ground.adminUrl);
    faults.push(...(await faultsOf(ground, aheadMs, history)));
    aheadMs += SETTLED_MS;
  }
  const cut = history.filter(({ outcome }) => outcome === null).length;
  const operations = history.length;
  const acknowledged = history.filter(({ outcome }) => outcome && "ok" in outcome).length;
  return {
    kills: journals.length,
    whileOpening,
    operations,
    acknowledged,
    cut,
    faults,
    story: storyOf(history, faults),
  };
}

function dieOpening(order: WorkerOrder, diesOpeningAt: number): Promise<number | string> {
  return startWorker({ ...order, diesOpeningAt }).ended;
}

/** Some time after it began to act; one with a mistake, after that told. */
async function liveAndDie(order: WorkerOrder, livingMs: number): Promise<number | string> {
  const worker = startWorker(order);
  let over = false;
  void worker.ended.then(() => (over = true));
  try {
    await until(`${order.by} acts`, () => {
      const acts = readJournals([order.journal]);
      return over || (order.mistake === null ? acts.length > 0 : acts.some(hasTold));
    });
    await pause(livingMs);
  } finally {
    worker.kill();
  }
  return worker.ended;
}

const hasTold = (one: Operation): boolean => one.act.kind === "remember" && isAcknowledged(one);

async function faultsOf(
  ground: Ground,
  aheadMs: number,
  history: readonly Operation[],
): Promise<readonly string[]> {
  const clock = movableClock(Date.now() + aheadMs);
  const stores = await openGround(ground, clock);
  try {
    const { oubli } = await openProcess(stores, clock);
    const faults = await checkRegion({ oubli, stores }, clock, history);
    await oubli.close();
    return [...faults, ...unexpected(history)];
  } finally {
    await closeStores(stores);
  }
}

/** What a random act may be refused for. */
const EXPECTED: ReadonlySet<string> = new Set([
  "CONFLICT",
  "CONSENT_MISSING",
  "HELD",
  "KEY_SHREDDED",
  "NOT_FOUND",
  "SUBJECT_ERASED",
  "ZERO_SCOPE",
]);

export function unexpected(
  history: readonly Operation[],
  expected: ReadonlySet<string> = EXPECTED,
): string[] {
  return history.flatMap(({ act, by, outcome }) =>
    outcome && "error" in outcome && !expected.has(outcome.error)
      ? [`${act.kind} by ${by} met ${outcome.error}`]
      : [],
  );
}
