import type { Lease, Loggable } from "#audit";
import type { CaseId, EpochMs, SubjectId, Word } from "#kernel";

/** What kind of work it is. */
export type CaseKind = "request" | "targets" | "incident" | "notice" | "retention" | "package";

/** What is readable of a case, and stays when its file is destroyed: codes, dates and counts. */
export type CaseFacts = { readonly [name: string]: Loggable | undefined };

/** A piece of the office's work: it has a state, a clock and a sealed file. */
export interface CaseRow {
  readonly id: CaseId;
  readonly kind: CaseKind;
  readonly tenant: Word;
  /** Whom it is about; `null` for nobody in particular, or nobody who is known yet. */
  readonly subject: SubjectId | null;
  /** The case that it is part of: a notice of its incident, targets of their request. */
  readonly parent: CaseId | null;
  readonly state: Word;
  /** 0 when it is opened; each advance is one more. */
  readonly step: number;
  readonly openedAt: EpochMs;
  /** When it next wants attention; `null`: it waits for somebody. */
  readonly dueAt: EpochMs | null;
  readonly closedAt: EpochMs | null;
  /** When the row itself may go. */
  readonly endsAt: EpochMs | null;
  readonly facts: CaseFacts;
  /** The file, under the case's own key; `null` once it is destroyed. */
  readonly sealed: Uint8Array | null;
}

export interface CaseListing {
  readonly tenant: Word;
  readonly kind: CaseKind;
  readonly subject?: SubjectId;
  readonly parent?: CaseId;
  /** Those that are closed, or those that are not. Default: both. */
  readonly open?: boolean;
  /** The last row of the page before. */
  readonly after?: Pick<CaseRow, "openedAt" | "id"> | null;
  readonly limit: number;
}

/**
 * What the cases need from the audit database. Every method is one transaction, durable when its
 * promise resolves. A store sees sealed files only.
 */
export interface CaseStore {
  /** `present`: there is one of this id already; nothing was written. */
  open(row: CaseRow): Promise<"opened" | "present">;
  /**
   * The case, if it is this controller's.
   *
   * @throws {OubliError} `STORE_DAMAGED` when something else wrote its facts.
   */
  load(tenant: Word, id: CaseId): Promise<CaseRow | null>;
  /**
   * Puts the row in the place of the one whose step is one less. Its id, kind, tenant, parent and
   * opening stay what they were. A closed row gives its lease back.
   */
  advance(row: CaseRow): Promise<"advanced" | "stale">;
  /**
   * Takes up to `limit` open cases that are due and that nobody else has, under a lease; those that
   * are due longest first. A damaged one is passed over until the lease is over.
   */
  claim(kinds: readonly CaseKind[], lease: Lease, limit: number): Promise<readonly CaseRow[]>;
  /** Prolongs a lease; `false` when another holder has it, or nobody. */
  renew(id: CaseId, lease: Lease): Promise<boolean>;
  /** Gives a lease back; one that another holder has stays. */
  release(id: CaseId, lease: Lease): Promise<void>;
  /** Newest first. */
  list(listing: CaseListing): Promise<readonly CaseRow[]>;
  /** Closed cases whose time is over at `before`. */
  ended(before: EpochMs, limit: number): Promise<readonly CaseRow[]>;
  /** Removes rows. */
  remove(ids: readonly CaseId[]): Promise<void>;
  /** Every controller that has a case. */
  tenants(): Promise<readonly Word[]>;
  /** Which of these cases have a file. */
  filed(ids: readonly CaseId[]): Promise<readonly CaseId[]>;
}
