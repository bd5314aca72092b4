import type { EpochMs, SubjectId, Word } from "#kernel";

/** Content that is about to leave its region. */
export interface TransferQuestion {
  readonly subject: SubjectId;
  readonly from: Word;
  readonly to: Word;
  readonly processor: Word;
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

/** There is no way yet to authorise a transfer, so nothing leaves its region. */
export const noTransfers: Transfers = { find: () => Promise.resolve(null) };
