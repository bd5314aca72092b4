import { claimCases, releaseCase } from "#cases";
import { isOubliError, type CaseId } from "#kernel";

import type { RetentionWorld } from "./held.ts";
import type { RunCase } from "./run-case.ts";
import type { RetentionSettings } from "./settings.ts";
import { workRun, type OnProgress } from "./work-run.ts";

/** Runs that this process works on, so that whoever asks for one waits for it. */
const underWay = new WeakMap<object, Map<CaseId, Promise<unknown>>>();

/**
 * Carries out every run that waits: one that was begun just now, or whose process died. A lease
 * gives each to one process alone.
 */
export async function workRuns(
  world: RetentionWorld,
  settings: RetentionSettings,
  onProgress: OnProgress = () => {},
): Promise<void> {
  for (;;) {
    const [run] = await claimCases<null>(world, ["retention"], 1);
    if (run === undefined) return;
    const running = runningIn(world);
    // Its own lease has run out under it, and let it claim the same run again.
    if (running.has(run.id)) return;
    const work = workOne(world, settings, run, onProgress);
    running.set(run.id, work);
    await work.finally(() => running.delete(run.id));
  }
}

/** Waits for a run that this process works on. */
export async function settled(world: RetentionWorld, id: CaseId): Promise<void> {
  await runningIn(world).get(id);
}

async function workOne(
  world: RetentionWorld,
  settings: RetentionSettings,
  run: RunCase,
  onProgress: OnProgress,
): Promise<void> {
  try {
    await workRun(world, settings, run, onProgress);
  } catch (error) {
    // Another process has it now.
    if (!isOubliError(error, "CONFLICT")) throw error;
  } finally {
    // What could not go on is anybody's at once; the store may be closed by now.
    await releaseCase(world, run.id).catch(() => {});
  }
}

function runningIn({ cases }: RetentionWorld): Map<CaseId, Promise<unknown>> {
  const known = underWay.get(cases) ?? new Map<CaseId, Promise<unknown>>();
  underWay.set(cases, known);
  return known;
}
