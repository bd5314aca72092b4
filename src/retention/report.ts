import { listCases, loadCase, type CaseRow } from "#cases";
import type { ErasureWorld } from "#erasure";
import type { CaseId, EpochMs, Word } from "#kernel";

import { factsOf, type RuleProgress } from "./run-case.ts";

/** A run, as far as it is. Counts alone. */
export interface RetentionRun {
  readonly id: CaseId;
  /** `running`, `stopped` (it waits for a confirmation), `done`, or `incomplete`. */
  readonly state: Word;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs | null;
  readonly rules: readonly RuleProgress[];
}

export async function runOf(
  world: Pick<ErasureWorld, "cases" | "keyring">,
  { tenant, id }: { readonly tenant: Word; readonly id: CaseId },
): Promise<RetentionRun> {
  return reported(await loadCase<null>(world, { tenant, kind: "retention", id }));
}

/** Newest first. */
export async function runsOf(
  world: Pick<ErasureWorld, "cases">,
  page: { readonly tenant: Word; readonly limit: number },
): Promise<readonly RetentionRun[]> {
  return (await listCases(world, { ...page, kind: "retention" })).map(reported);
}

function reported(row: CaseRow): RetentionRun {
  const { id, state, openedAt, closedAt } = row;
  return { id, state, startedAt: openedAt, endedAt: closedAt, rules: factsOf(row).rules };
}
