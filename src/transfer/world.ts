import type { AuditStore, Loggable } from "#audit";
import type { EpochMs, ErasureId, SubjectId, Word } from "#kernel";
import type { ErasureWorld } from "#erasure";
import type { CategoryId, TransferMechanism } from "#policy";

/** Two open regions. */
export interface Regions {
  readonly from: ErasureWorld;
  readonly to: ErasureWorld;
}

/** A region that somebody has left, as far as what it kept of them is asked of it. */
export interface Origin {
  readonly region: Word;
  readonly audit: { readonly store: AuditStore };
  readonly keyring: Pick<ErasureWorld["keyring"], "openEvidence">;
}

/** The region that somebody is in, and the one that they came from. */
export interface Left {
  readonly from: Origin;
  readonly to: ErasureWorld;
}

/** A reviewed leave to take a person's data to another region. @source GDPR Art. 44–49 */
export interface Authorisation {
  readonly mechanism: TransferMechanism;
  /** Where it is filed: a code of the configuration. */
  readonly document: Word;
  /** The member of staff who reviewed it. */
  readonly approver: Word;
  readonly expires: EpochMs;
  /** What it is for; `null`: everything. */
  readonly scope: readonly (CategoryId & Word)[] | null;
}

/** A transfer as its intent tells it. Whoever finishes it reads all of it there. */
export interface TransferPlan {
  /** The act's own id, in both ledgers. */
  readonly id: ErasureId;
  readonly tenant: Word;
  readonly from: Word;
  readonly to: Word;
  /** The person where they were. */
  readonly subject: SubjectId;
  /** The person where they go: an id of its own, chosen once, so that no repetition makes two. */
  readonly as: SubjectId;
  /** The erasure that ends them where they were. */
  readonly erasure: ErasureId;
  readonly authorisation: Authorisation;
}

/** What both ledgers say of the authorisation. No subject, and no word of a caller's own. */
export function authorisationFacts({
  mechanism,
  document,
  approver,
  expires,
  scope,
}: Authorisation): { readonly [fact: string]: Loggable } {
  return { mechanism: mechanism as Word, document, approver, expires, scope };
}
