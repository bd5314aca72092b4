import type { Word } from "#kernel";

import type { Category, CategoryId } from "./categories.ts";
import type { LawfulBasis, SpecialCondition } from "./lawful.ts";

/** How the assistant may use what it recalls: say it, act on it silently, or not be given it. */
export const USES = ["quote", "inform", "withhold"] as const;

export type Use = (typeof USES)[number];

/** Disclosures of health information that no accounting has to list. @source 45 CFR 164.528(a)(1) */
export const PHI_USES = ["treatment", "payment", "operations", "authorisation"] as const;

export type PhiUse = (typeof PHI_USES)[number];

/** Why memories may be used, as it is written in a configuration. */
export interface PurposeInput {
  /** Without one, every use of the purpose is a gap. @source GDPR Art. 6(1) */
  readonly basis?: LawfulBasis;
  /** Needed as soon as `categories` names a special one. @source GDPR Art. 9(2) */
  readonly condition?: SpecialCondition;
  /** What it may store and read. Without a list, every use of the purpose is a gap. */
  readonly categories?: readonly CategoryId[];
  /** Who may use it. Without a list: everyone whose role is to use memories at all. */
  readonly roles?: readonly string[];
  /** How long its memories live: an ISO 8601 duration of years, months, weeks and days. */
  readonly retention?: string;
  /** Why special categories are kept without an end. @source GDPR Art. 5(1)(e) */
  readonly retentionJustification?: string;
  readonly use?: Use;
  /** The most nodes one recall returns. @source GDPR Art. 5(1)(c) */
  readonly maxNodes?: number;
  /** The least score a node needs to be returned, 0 to 1. */
  readonly relevanceFloor?: number;
  /** The metadata keys a memory may carry. */
  readonly metadata?: readonly string[];
  /** What health information is used for, where an accounting of disclosures leaves it out. */
  readonly phiUse?: PhiUse;
}

/** A purpose with every default filled in: plain JSON. */
export interface Purpose {
  readonly basis: LawfulBasis | null;
  readonly condition: SpecialCondition | null;
  readonly categories: readonly Category[] | null;
  readonly roles: readonly Word[] | null;
  readonly retention: string | null;
  readonly retentionJustification: string | null;
  readonly use: Use;
  readonly maxNodes: number;
  readonly relevanceFloor: number;
  readonly metadata: readonly Word[];
  /** Absent where the configuration says none. */
  readonly phiUse?: PhiUse;
}
