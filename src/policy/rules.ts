import type { Word } from "#kernel";

import type { Category } from "./categories.ts";

/** What a pack may rule, and what each rule holds. */
export interface RuleValues {
  /** How long the audit log's entries are kept at least. */
  readonly auditRetentionYears: number;
  /** How long a consent record is kept after it last mattered. */
  readonly consentRecordRetentionDays: number;
  /** After how many days a consent must be asked for again. */
  readonly consentValidityDaysMax: number;
  /** Special categories need a condition beside the lawful basis. */
  readonly specialNeedsCondition: boolean;
  /** Special categories need an end, or a written reason why there is none. */
  readonly specialNeedsRetention: boolean;
  /** Categories that are stored and read under explicit consent only, whatever the basis. */
  readonly explicitConsentCategories: readonly Category[];
  /** Purposes that rest on explicit consent only. */
  readonly explicitConsentPurposes: readonly Word[];
  /** Categories that are protected health information in a covered region. */
  readonly phiCategories: readonly Category[];
  /** The most nodes that one recall returns. */
  readonly recallNodesMax: number;
  /** Health data of people in the EEA leave it only where the law abroad, or the person, allows. */
  readonly healthStaysInEea: boolean;
  /** The longest time between two break notices to a known minor. */
  readonly breakNoticeHours: number;
  /** A browser's opt-out signal, `Sec-GPC: 1`, is a request by whoever sends it. */
  readonly optOutSignal: boolean;
  /** Kinds of data of which an answer says that they are held, and never what they are. */
  readonly neverReturned: readonly Word[];
}

export type RuleName = keyof RuleValues;

/** How several packs' values of one rule become one: the one that asks for more. */
export type Strictest = "highest" | "lowest" | "any" | "union";

export const RULES = {
  auditRetentionYears: "highest",
  consentRecordRetentionDays: "highest",
  consentValidityDaysMax: "lowest",
  specialNeedsCondition: "any",
  specialNeedsRetention: "any",
  explicitConsentCategories: "union",
  explicitConsentPurposes: "union",
  phiCategories: "union",
  recallNodesMax: "lowest",
  healthStaysInEea: "any",
  breakNoticeHours: "lowest",
  optOutSignal: "any",
  neverReturned: "union",
} as const satisfies Record<RuleName, Strictest>;

export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];
