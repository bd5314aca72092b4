import { listCases, type CaseWorld } from "#cases";
import type { Word } from "#kernel";

import { factsOf } from "./run-case.ts";

/** Runs that are looked back at: one that a rule was left out of says nothing of it. */
const RUNS_BACK = 20;

/** What the last runs that are over found for each rule. */
export async function lastCounts(
  world: Pick<CaseWorld, "cases">,
  tenant: Word,
): Promise<ReadonlyMap<Word, number>> {
  const kind = "retention" as const;
  const runs = await listCases(world, { tenant, kind, open: false, limit: RUNS_BACK });
  const counts = new Map<Word, number>();
  for (const run of runs) {
    for (const { rule, counted, state } of factsOf({ facts: run.facts }).rules) {
      if (state === "done" && !counts.has(rule)) counts.set(rule, counted);
    }
  }
  return counts;
}
