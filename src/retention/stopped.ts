import { listCases } from "#cases";
import type { ErasureWorld } from "#erasure";
import type { EpochMs } from "#kernel";

import { factsOf } from "./run-case.ts";
import { MEMORIES } from "./rules.ts";

/** Runs that are looked back at: one that the memories were left out of says nothing of them. */
const RUNS_BACK = 20;

/**
 * Whether the last run that looked at the memories found so many over that a person has to say,
 * whichever controller it was of: they are the region's, and so is the sweep.
 */
export async function isStopped(world: Pick<ErasureWorld, "cases">): Promise<boolean> {
  let last: { readonly openedAt: EpochMs; readonly stopped: boolean } | null = null;
  for (const tenant of await world.cases.tenants()) {
    const runs = await listCases(world, { tenant, kind: "retention", limit: RUNS_BACK });
    for (const { facts, openedAt } of runs) {
      const memories = factsOf({ facts }).rules.find(({ rule }) => rule === MEMORIES);
      if (memories === undefined) continue;
      if (last === null || openedAt > last.openedAt) {
        last = { openedAt, stopped: memories.state === "stopped" };
      }
      break;
    }
  }
  return last?.stopped ?? false;
}
