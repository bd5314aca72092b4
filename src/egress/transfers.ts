import type { EpochMs, SubjectId, Word } from "#kernel";
import { standingTransfer, type CategoryId, type Policy } from "#policy";

/** Content that is about to leave its region. */
export interface TransferQuestion {
  readonly subject: SubjectId;
  readonly from: Word;
  readonly to: Word;
  readonly processor: Word;
  /** Of all items together. */
  readonly categories: readonly CategoryId[];
  readonly at: EpochMs;
}

/** A reviewed authorisation to leave a region. @source GDPR Art. 44, 46 */
export interface Transfer {
  /** Where it is filed. */
  readonly document: Word;
  readonly validUntil: EpochMs | null;
}

/** What the gate needs to know of transfers. */
export interface Transfers {
  /** The authorisation in force for this content, or `null`: then it stays. */
  find(question: TransferQuestion): Promise<Transfer | null>;
}

/**
 * The authorisations of the configuration. They are part of the policy, whose digest stands in the
 * ledger: which of them were in force, and when, is told by it.
 */
export function standingTransfers(policy: Policy): Transfers {
  return { find: (question) => Promise.resolve(standingTransfer(policy, question)) };
}
