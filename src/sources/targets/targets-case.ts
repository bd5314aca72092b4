import type { Case, CaseFacts, CaseRow } from "#cases";
import type { EpochMs, ErasureId, Word } from "#kernel";

import type { Strategy, Tier } from "../source.ts";

/** What targets need to find the person. Sealed, and destroyed once all of them are done. */
export interface TargetsFile {
  readonly [field: string]: string | { readonly [kind: string]: string };
  readonly externalId: string;
  readonly identifiers: { readonly [kind: string]: string };
}

/** Records that a strategy other than deletion was used on. */
export interface Kept {
  readonly strategy: Strategy;
  readonly ground: Word | null;
  readonly keepUntil: EpochMs | null;
  readonly records: number;
}

/** Where one target stands. Readable: codes, numbers and dates alone. */
export interface TargetState {
  readonly target: Word;
  readonly tier: Tier;
  /** Targets of the same erasure that come first. */
  readonly eraseAfter: readonly Word[];
  readonly state: "waiting" | "pending" | "failed" | "confirmed";
  readonly attempts: number;
  /** When it is asked next. */
  readonly again: EpochMs | null;
  readonly error: Word | null;
  readonly records: number;
  /** An independent look found nothing left. */
  readonly verified: boolean;
  /** A person said that it is done. */
  readonly manual: boolean;
  readonly kept: readonly Kept[];
  /** It was ordered to anonymise, on this ground; `null`: it does what it always does. */
  readonly order: { readonly ground: Word; readonly keepUntil: EpochMs } | null;
}

/** A target before it is asked for the first time. */
export function unasked(target: Word, tier: Tier): TargetState {
  return {
    target,
    tier,
    eraseAfter: [],
    state: "waiting",
    attempts: 0,
    again: null,
    error: null,
    records: 0,
    verified: false,
    manual: false,
    kept: [],
    order: null,
  };
}

export interface TargetsFacts {
  readonly erasure: ErasureId;
  readonly targets: readonly TargetState[];
  /** Where the ledger says that all is done. */
  readonly settled?: number;
}

export type TargetsCase = Case<TargetsFile>;

export function factsIn(row: Pick<CaseRow, "facts">): TargetsFacts {
  return row.facts as unknown as TargetsFacts;
}

export function asFacts(facts: TargetsFacts): CaseFacts {
  return facts as unknown as CaseFacts;
}

/** Whether a case of the kind is an erasure's, and not a tombstone. */
export function isErasure({ facts }: Pick<CaseRow, "facts">): boolean {
  return facts["erasure"] !== undefined;
}
