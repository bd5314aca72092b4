import type { Case, CaseFacts, CaseRow } from "#cases";
import type { EpochMs, Word } from "#kernel";

/**
 * How far a run is with one rule. `due`: it is not done. `stopped`: the count is strange, and a
 * person has to confirm it. `held`: it waits for the release of whoever is on hold. `capped`: the
 * run has removed all that one run may. `failed`: its source could not.
 */
export type RuleState = "due" | "done" | "stopped" | "held" | "capped" | "failed";

/** One rule of a run, as the case's row has it. */
export interface RuleProgress {
  readonly rule: Word;
  /** What is older goes. It stands still from the beginning of the run to its end. */
  readonly before: EpochMs;
  /** How many were over at the beginning. */
  readonly counted: number;
  /** How many are gone, as far as it is written down. */
  readonly removed: number;
  /** The batch that is under way: nobody knows whether it was done. */
  readonly batch: number;
  readonly state: RuleState;
  /** A code: why it is not done. */
  readonly reason: Word | null;
}

export interface RunFacts {
  readonly rules: readonly RuleProgress[];
  /** Rows that this run removes at most. */
  readonly runMax: number;
}

/** There is nothing personal in a run: its file is empty. */
export type RunCase = Case<null>;

export function factsOf(row: Pick<CaseRow, "facts">): RunFacts {
  return row.facts as unknown as RunFacts;
}

export function asFacts(facts: RunFacts): CaseFacts {
  return facts as unknown as CaseFacts;
}

/** The same run with one rule's progress in the place of what it was. */
export function withProgress(facts: RunFacts, progress: RuleProgress): RunFacts {
  const rules = facts.rules.map((one) => (one.rule === progress.rule ? progress : one));
  return { ...facts, rules };
}

export function removedBy({ rules }: RunFacts): number {
  return rules.reduce((sum, { removed }) => sum + removed, 0);
}
