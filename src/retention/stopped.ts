import { listCases } from "#cases";
import type { ErasureWorld } from "#erasure";
import type { Word } from "#kernel";

import { factsOf } from "./run-case.ts";
import { MEMORIES } from "./rules.ts";

/** Runs that are looked back at: one that the memories were left out of says nothing of them. */
const RUNS_BACK = 20;

/** Whether the last run that looked at the memories found so many over that a person has to say. */
export async function isStopped(
  world: Pick<ErasureWorld, "cases">,
  tenant: Word,
): Promise<boolean> {
  const runs = await listCases(world, { tenant, kind: "retention", limit: RUNS_BACK });
  for (const { facts } of runs) {
    const last = factsOf({ facts }).rules.find(({ rule }) => rule === MEMORIES);
    if (last !== undefined) return last.state === "stopped";
  }
  return false;
}
