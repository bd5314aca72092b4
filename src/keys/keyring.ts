import type { KeyObject } from "node:crypto";

import type { CaseId, ConsentId, EpochMs, HoldId, NodeId, SubjectId, Word } from "#kernel";

import type { EpochRow, FenceRow, Minted, NodeKeyRef, Page, ShredRef } from "./key-store.ts";
import type { DestructionEvidence } from "./root-provider.ts";

export interface ShredOrder {
  /** Index of the ledger entry that ordered it: the erasure's intent. */
  readonly ledgerIndex: number;
  readonly at: EpochMs;
}

/** The epoch whose destruction makes an act final over every older copy. */
export interface FinalWith {
  readonly epoch: number;
}

export interface RotationProgress {
  readonly step: "directory" | "subjects" | "evidence" | "tags" | "cases";
  /** Rows of this step done so far. */
  readonly done: number;
}

/** Rows that stay under an epoch which retires, because they do not open. */
export interface DamagedRows {
  readonly rows: number;
  /** Whose they are; the first ones. Erasing the person, or forgetting the memory, removes them. */
  readonly subjects: readonly SubjectId[];
}

export interface Rotation {
  readonly from: number;
  readonly to: number;
  /** Subject keys that this call moved; those another process moved are not among them. */
  readonly subjects: number;
  /** `null`: the epoch has not ended, because of rows that do not open. Nothing is final then. */
  readonly evidence: DestructionEvidence | null;
  readonly damaged: DamagedRows;
  /**
   * Epochs whose root key the provider holds and this store does not know: from a begin that was
   * interrupted, of another store in the same folder, or of a later life of this store, when a
   * backup replaced it in the middle of a rotation. None is destroyed here, since it may be
   * another store's; in the last case, erasures are not final until someone does.
   */
  readonly strays: readonly number[];
}

/** A record that has evidence: of a consent its origin, of a hold its case. */
export type EvidenceOf = ConsentId | HoldId;

/** One step of a case: its file opens at no other. */
export interface CaseStep {
  readonly id: CaseId;
  readonly tenant: string;
  /** 0 when it is opened: the case's key is made then, and never again. */
  readonly step: number;
}

/** The keys of one region: mints, unwraps, destroys. The only place where a key is in the clear. */
export interface Keyring {
  readonly region: string;

  /** The subject an external id names, or `null`. */
  find(tenant: string, externalId: string): Promise<SubjectId | null>;
  /**
   * {@link Keyring.find}, or a new subject with its key. Two at once give the same subject.
   *
   * @param as The id that a new one gets. Default: a random one.
   */
  register(
    tenant: string,
    externalId: string,
    as?: SubjectId,
  ): Promise<{ readonly subject: SubjectId; readonly created: boolean }>;
  /** `null` once the directory row is gone. */
  externalIdOf(subject: SubjectId): Promise<string | null>;
  /** Whose subject it is; `null` for one that is unknown or was erased. */
  tenantOf(subject: SubjectId): Promise<Word | null>;
  /**
   * Subjects of a tenant (`null`: of all) that still have a key, by id; the next page starts after
   * the last one.
   */
  subjects(tenant: string | null, page: Page<SubjectId>): Promise<readonly SubjectId[]>;
  forgetDirectoryRow(subject: SubjectId): Promise<FinalWith>;

  /**
   * New keys, in the order of `refs`, durable before they are given out.
   *
   * @throws {OubliError} `SUBJECT_ERASED`; `KEY_SHREDDED` when one of the nodes was erased;
   *   `CONFLICT` when a revision has a key already (retryable); `NOT_FOUND`.
   */
  mintNodeKeys(subject: SubjectId, refs: readonly NodeKeyRef[]): Promise<KeyObject[]>;
  /** New keys that are not stored yet: the caller's write stores them. `null`: it has no key. */
  newNodeKeys(
    subject: SubjectId,
    refs: readonly NodeKeyRef[],
  ): Promise<{ readonly keys: KeyObject[]; readonly minted: Minted } | null>;
  /** The keys that still have a row, by {@link keyName}; a missing one is absent. */
  nodeKeys(
    subject: SubjectId,
    refs?: readonly NodeKeyRef[],
  ): Promise<ReadonlyMap<string, KeyObject>>;
  /** Which keys still open; unwraps nothing. `mintedBefore` helps the sweep of orphans. */
  liveRefs(subject: SubjectId, mintedBefore?: EpochMs): Promise<readonly NodeKeyRef[]>;
  /** Deletes keys without a fence: for aborted writes and orphans only. */
  dropNodeKeys(subject: SubjectId, refs: readonly NodeKeyRef[]): Promise<void>;

  /** Destroys node keys and fences them for ever. Idempotent. */
  shredNodes(subject: SubjectId, refs: readonly ShredRef[], order: ShredOrder): Promise<FinalWith>;
  /**
   * Destroys a subject's keys and fences the subject for ever: nothing can be minted again.
   * Idempotent.
   *
   * @param order.except Held nodes: their keys survive, and no others.
   */
  shredSubject(
    subject: SubjectId,
    order: ShredOrder & { readonly except?: readonly NodeId[] },
  ): Promise<FinalWith>;
  /** Deletes noise rows after a {@link Keyring.shredSubject}; call until it answers 0. */
  purgeSubject(subject: SubjectId, limit: number): Promise<number>;
  /** What was erased of a subject. */
  fences(subject: SubjectId): Promise<readonly FenceRow[]>;

  /** HMAC-SHA256 of the length-prefixed parts under the tenant's own key. */
  tag(tenant: string, ...parts: readonly (string | Uint8Array)[]): Promise<Uint8Array>;

  /** Seals evidence of a record under the subject's evidence key, which survives an erasure. */
  sealEvidence(subject: SubjectId, record: EvidenceOf, evidence: Uint8Array): Promise<Uint8Array>;
  /** @throws {OubliError} `KEY_SHREDDED` when the evidence key was ended. */
  openEvidence(subject: SubjectId, record: EvidenceOf, sealed: Uint8Array): Promise<Uint8Array>;
  endEvidence(subject: SubjectId): Promise<FinalWith>;

  /**
   * Seals a case's file under the case's own key, which no erasure of a person destroys.
   *
   * @throws {OubliError} `KEY_SHREDDED` at a later step when the key was ended.
   */
  sealCase(of: CaseStep, file: Uint8Array): Promise<Uint8Array>;
  /** @throws {OubliError} `KEY_SHREDDED` when the key was ended, `SEAL_BROKEN`. */
  openCase(of: CaseStep, sealed: Uint8Array): Promise<Uint8Array>;
  /** Destroys a case's key: whatever was sealed for it is noise. Idempotent. */
  endCase(id: CaseId): Promise<FinalWith>;
  /** Cases that have a key which was made before `before`, by id. */
  casesWithKey(before: EpochMs, page: Page<CaseId>): Promise<readonly CaseId[]>;

  /**
   * Ends the active epoch, or the one whose end was interrupted: what was shredded under it is
   * final, over every copy, when this resolves (and `evidence.irreversibleAt` has passed).
   *
   * Safe beside other processes that register, mint, shred and rotate. A row that does not open
   * stays, and with it the epoch's root key; all others are moved.
   */
  rotate(options?: {
    readonly onProgress?: (progress: RotationProgress) => void;
  }): Promise<Rotation>;
  epochs(): Promise<readonly EpochRow[]>;

  appliedLedgerIndex(): Promise<number>;
  setAppliedLedgerIndex(index: number): Promise<void>;
  /** Removes what the write-ahead log still holds of deleted rows. */
  scrub(): Promise<"removed" | "deferred">;
  /** Drops every cached key. The store and the provider stay the caller's. */
  close(): void;
}
