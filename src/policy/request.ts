import { word, type Actor, type EpochMs, type SubjectId } from "#kernel";

import type { CategoryId } from "./categories.ts";
import type { Verb } from "./verb.ts";

/** Who asks to do what with whose memories, why, and when. */
export interface PolicyRequest<V extends Verb = Verb> {
  readonly verb: V;
  readonly actor: Actor;
  readonly subject: SubjectId;
  /** What the caller gave; `null` for a right. It need not be declared: `decide` says so. */
  readonly purpose: string | null;
  readonly at: EpochMs;
  /** What a write is about to store: all of them must be allowed. A write without any is refused. */
  readonly categories?: readonly CategoryId[];
}

/** Everything a decision rests on besides the configuration, read by the caller in one go. */
export interface PolicyFacts {
  readonly gateSeq: number;
  readonly policySeq: number;
  /** The latest record of each purpose. */
  readonly consents: ReadonlyMap<string, ConsentFact>;
  readonly restrictions: readonly RestrictionFact[];
  readonly subjectErased: boolean;
}

export interface ConsentFact {
  readonly granted: boolean;
  readonly explicit: boolean;
  readonly collectedAt: EpochMs;
  /** `null`: until it is withdrawn. */
  readonly validUntil: EpochMs | null;
}

/** Storage only: for one purpose, or for all (`null`). @source GDPR Art. 18(2) */
export interface RestrictionFact {
  readonly purpose: string | null;
  /** {@link ARRIVAL_LOST}, or any other. */
  readonly ground?: string;
}

/** The ground of a restriction after a loss: what came with them from another region is gone. */
export const ARRIVAL_LOST = word("arrival-lost");
