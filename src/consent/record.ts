import type { ConsentRow } from "#audit";
import type { EpochMs } from "#kernel";

/** What a person agreed to, or took back, as the caller tells it. */
export interface ConsentInput {
  readonly purpose: string;
  /** Which version of the privacy notice they saw: `2026-11`. */
  readonly policyVersion: string;
  /** How it was collected: `signup_form_v3`. */
  readonly mechanism: string;
  /** A clear, specific statement, not a mere act. Needed for special categories. */
  readonly explicit: boolean;
  /** Sealed under a key of its own. At most 45 characters. */
  readonly ipAddress: string | null;
  /** Sealed under a key of its own. */
  readonly userAgent: string | null;
  /** BCP 47: `de`, `en-GB`. */
  readonly language: string | null;
  /** When it happened, not in the future; `null`: now. */
  readonly collectedAt: EpochMs | null;
  readonly validUntil: EpochMs | null;
}

/**
 * One record of the ledger, as it is shown. A withdrawal is a record with the same fields.
 *
 * @source ISO/IEC TS 27560 (record fields); GDPR Art. 7(1) (the controller must demonstrate it)
 */
export type ConsentRecord = ConsentRow;

/** The part of a record that is sealed. */
export interface ConsentEvidence {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** Whether a record allows processing at `at`: granted, and not over. */
export function isActive(row: ConsentRow, at: EpochMs): boolean {
  return row.granted && (row.validUntil === null || at < row.validUntil);
}
