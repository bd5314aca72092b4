import type { Word } from "#kernel";

/**
 * The guards of every disclosure, in the order in which they are asked. `docs/guards.md` lists
 * exactly these, with their law and their test.
 */
export const EGRESS_GUARDS = [
  "processor",
  "contract",
  "region",
  "training",
  "recipient-category",
  "recipient-purpose",
  "third-party",
  "restricted",
  "erased",
] as const;

export type EgressGuard = (typeof EGRESS_GUARDS)[number];

/** Why something was not given to a processor; one word each, for the audit log. */
export type EgressReason =
  | "processor-unknown"
  | "host-only"
  | "dpa-not-in-force"
  | "baa-missing"
  | "baa-not-in-force"
  | "host-unnamed"
  | "transfer-not-authorised"
  | "training-not-allowed"
  | "training-not-consented"
  | "categories-not-configured"
  | "category-not-allowed"
  | "purposes-not-configured"
  | "purpose-not-allowed"
  | "explicit-consent-missing"
  | "subject-restricted"
  | "subject-erased";

/** Both as words: they may stand in an error and in the audit log. */
export function saying(guard: EgressGuard, reason: EgressReason) {
  return { guard: guard as Word, reason: reason as Word };
}
