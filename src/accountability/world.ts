import type { CaseStore } from "#cases";
import type { EpochMs, Word } from "#kernel";
import type { MemoryWorld } from "#memory";
import type { SourceFacts } from "#policy";

/** What accounts are given of: one region's policy, log, keys, nodes and cases. */
export interface AccountabilityWorld extends MemoryWorld {
  readonly cases: CaseStore;
}

/** Another system of the application, as it was declared. */
export interface System extends SourceFacts {
  readonly name: string;
}

/** When, where and under which policy an account was given. */
export interface Account {
  readonly madeAt: EpochMs;
  readonly region: Word;
  /** The digest of the policy that it was read from. */
  readonly policy: Word;
}
