import type { CaseId, EpochMs, NodeId, SubjectId } from "#kernel";

import type { DestructionEvidence } from "./root-provider.ts";

/** One key of a node: a fresh one for every revision. */
export interface NodeKeyRef {
  readonly node: NodeId;
  readonly revision: number;
}

/** What a shred names: one revision of a node, or, without a revision, the node as a whole. */
export interface ShredRef {
  readonly node: NodeId;
  readonly revision?: number;
}

/** What a fence names: the subject as a whole, a node with all its revisions, or one revision. */
export type FencedKey = "*" | NodeId | `${NodeId}#${number}`;

export type EpochState = "active" | "retiring" | "destroyed";

export interface EpochRow {
  readonly region: string;
  readonly epoch: number;
  readonly provider: string;
  readonly state: EpochState;
  /** The directory keys of this epoch, wrapped under its root key; `null` once destroyed. */
  readonly directoryKeys: Uint8Array | null;
  readonly evidence: DestructionEvidence | null;
}

export interface NewEpoch {
  readonly region: string;
  readonly epoch: number;
  readonly provider: string;
  readonly directoryKeys: Uint8Array;
  /** The epoch that must be the active one now, and begins to retire; `null` for the first. */
  readonly replaces: number | null;
}

export interface SubjectKeyRow {
  readonly subject: SubjectId;
  readonly tenant: string;
  readonly version: number;
  readonly epoch: number;
  readonly wrapped: Uint8Array;
  /** Whether something this key wrapped was shredded since it was made. */
  readonly dirty: boolean;
}

export interface NodeKeyRow extends NodeKeyRef {
  readonly subjectKeyVersion: number;
  readonly wrapped: Uint8Array;
}

export interface NewNodeKey extends NodeKeyRef {
  readonly wrapped: Uint8Array;
}

/** Keys that were made, and wrapped under a version of the subject's. */
export interface Minted {
  readonly subject: SubjectId;
  readonly version: number;
  readonly at: EpochMs;
  readonly rows: readonly NewNodeKey[];
}

export interface DirectoryRow {
  readonly tenant: string;
  readonly lookup: Uint8Array;
  readonly epoch: number;
  readonly subject: SubjectId;
  readonly sealed: Uint8Array;
}

export interface EvidenceKeyRow {
  readonly subject: SubjectId;
  readonly tenant: string;
  readonly epoch: number;
  readonly wrapped: Uint8Array;
}

export interface TagKeyRow {
  readonly tenant: string;
  readonly epoch: number;
  readonly wrapped: Uint8Array;
}

export interface CaseKeyRow {
  readonly id: CaseId;
  readonly tenant: string;
  readonly epoch: number;
  readonly createdAt: EpochMs;
  readonly wrapped: Uint8Array;
}

export interface FenceRow {
  readonly key: FencedKey;
  readonly erasedAt: EpochMs;
  readonly ledgerIndex: number;
  /** The erasure is final once this epoch is destroyed. */
  readonly epoch: number;
}

export interface Registration {
  readonly tenant: string;
  readonly subject: SubjectId;
  /** Made under this epoch, which must still be the active one. */
  readonly epoch: number;
  readonly lookup: Uint8Array;
  /** Look-ups of the same external id under an epoch that still retires. */
  readonly olderLookups: readonly Uint8Array[];
  readonly sealed: Uint8Array;
  readonly wrapped: Uint8Array;
}

export type Found =
  | { readonly outcome: "found"; readonly subject: SubjectId }
  | { readonly outcome: "absent" }
  | { readonly outcome: "epoch-changed" };

export type Registered =
  | { readonly outcome: "created" }
  | { readonly outcome: "found"; readonly subject: SubjectId }
  | { readonly outcome: "epoch-changed" };

/** `present`: this revision has a key already; a live key is never overwritten. */
export type NodeKeysInserted =
  | "inserted"
  | "present"
  | "fenced"
  | "subject-key-changed"
  | "subject-unknown";

export interface Shred {
  readonly subject: SubjectId;
  readonly ledgerIndex: number;
  readonly at: EpochMs;
}

export interface Rewrapped {
  readonly from: number;
  readonly to: number;
  readonly wrapped: Uint8Array;
}

export interface SubjectKeyReplacement extends Rewrapped {
  readonly subject: SubjectId;
  /** The version this replaces; the new one is `version + 1`. */
  readonly version: number;
  /** Every node key as it was read, and wrapped anew. */
  readonly nodes: readonly { readonly old: NodeKeyRow; readonly wrapped: Uint8Array }[];
  /** Wraps a key that was minted since, behind the lock. Pure: it may be called again. */
  readonly wrapLate?: (row: NodeKeyRow) => Uint8Array;
}

/**
 * `node-keys-added`: a key that is not in the list was minted meanwhile, and nothing says how to
 * wrap it; nothing was written.
 */
export type SubjectKeyReplaced = "replaced" | "node-keys-added" | "subject-key-changed";

export interface Page<Cursor> {
  readonly after: Cursor | null;
  readonly limit: number;
}

/**
 * What the keyring needs from the keys database of one region. Every method is one transaction,
 * durable when its promise resolves. A store sees wrapped keys only.
 *
 * Whatever is wrapped under an epoch is inserted only while that epoch is the active one, asserted
 * in the same transaction (on PostgreSQL: under a share lock of the epoch's row). So a retiring
 * epoch only ever gets emptier.
 */
export interface KeyStore {
  epochs(): Promise<readonly EpochRow[]>;
  /** Makes a new epoch the active one and lets the one it replaces retire. */
  beginEpoch(epoch: NewEpoch): Promise<"begun" | "epoch-changed">;
  /** How many rows, of every kind, are wrapped or sealed under this epoch. */
  rowsUnder(epoch: number): Promise<number>;
  /** Marks a retiring epoch as destroyed and forgets its directory keys. The first evidence stays. */
  endEpoch(epoch: number, evidence: DestructionEvidence): Promise<"ended" | "not-retiring">;

  /** Looks an external id up under each of `lookups`, provided `activeEpoch` is the active one. */
  findSubject(tenant: string, activeEpoch: number, lookups: readonly Uint8Array[]): Promise<Found>;
  /** Inserts directory row and subject key unless one of the look-ups is there. */
  registerSubject(registration: Registration): Promise<Registered>;
  directoryRow(subject: SubjectId): Promise<DirectoryRow | null>;
  /** Deletes the subject's directory row; answers the epoch it was under, or the active one. */
  forgetDirectoryRow(subject: SubjectId): Promise<number>;
  /** Subjects of a tenant (`null`: of all) that have a subject key, by id. */
  subjects(tenant: string | null, page: Page<SubjectId>): Promise<readonly SubjectId[]>;

  /** `null` as well behind a fence that holds nothing: a key that is there was put back. */
  subjectKey(subject: SubjectId): Promise<SubjectKeyRow | null>;
  /** All or none: asserts the version and that no fence names any of the keys. */
  insertNodeKeys(
    subject: SubjectId,
    version: number,
    at: EpochMs,
    keys: readonly NewNodeKey[],
  ): Promise<NodeKeysInserted>;
  /**
   * The subject's key and node keys in one snapshot; `null` when the subject has no key: its node
   * key rows are noise then. A fence beats a row: a key that somebody put back is not among them.
   */
  nodeKeys(
    subject: SubjectId,
    refs?: readonly NodeKeyRef[],
  ): Promise<{ readonly subjectKey: SubjectKeyRow; readonly nodes: readonly NodeKeyRow[] } | null>;
  /**
   * Node keys that still have a row and a subject key, without the keys. Also those behind a fence:
   * a look at what is there must not take the fence's word for it.
   */
  liveRefs(subject: SubjectId, mintedBefore?: EpochMs): Promise<readonly NodeKeyRef[]>;
  /** Deletes without a fence: for aborted writes and orphans. */
  dropNodeKeys(subject: SubjectId, refs: readonly NodeKeyRef[]): Promise<void>;

  /**
   * Writes fences, deletes the keys they name, marks the subject's key dirty. Idempotent: a fence
   * keeps its first time and index. Answers the epoch whose end makes this shred final.
   */
  shredNodes(shred: Shred, refs: readonly ShredRef[]): Promise<number>;
  /**
   * Writes the fence `*`. With nothing held, deletes the subject's key (O(1)); otherwise deletes
   * every node key but those of held nodes and marks the subject's key dirty. The fence knows what
   * it holds; repeated with another list, it holds what is in both.
   */
  shredSubject(shred: Shred, held: readonly NodeId[]): Promise<number>;
  /** Deletes at most `limit` node key rows of a subject without a key; answers how many. */
  purgeSubject(subject: SubjectId, limit: number): Promise<number>;
  fences(subject: SubjectId): Promise<readonly FenceRow[]>;

  evidenceKey(subject: SubjectId): Promise<EvidenceKeyRow | null>;
  insertEvidenceKey(row: EvidenceKeyRow): Promise<"inserted" | "present" | "epoch-changed">;
  /** Deletes the evidence key; answers the epoch it was under, or the active one. */
  deleteEvidenceKey(subject: SubjectId): Promise<number>;

  tagKey(tenant: string): Promise<TagKeyRow | null>;
  insertTagKey(row: TagKeyRow): Promise<"inserted" | "present" | "epoch-changed">;

  caseKey(id: CaseId): Promise<CaseKeyRow | null>;
  insertCaseKey(row: CaseKeyRow): Promise<"inserted" | "present" | "epoch-changed">;
  /** Deletes a case's key; answers the epoch it was under, or the active one. */
  deleteCaseKey(id: CaseId): Promise<number>;
  /** Cases whose key was made before `before`, by id. */
  casesWithKey(before: EpochMs, page: Page<CaseId>): Promise<readonly CaseId[]>;

  subjectKeysUnder(epoch: number, page: Page<SubjectId>): Promise<readonly SubjectKeyRow[]>;
  /**
   * Re-wraps subject keys still at this version and epoch, and still clean; answers how many. One
   * whose subject was shredded whole was put back by somebody: it is deleted, and outlives no epoch.
   */
  rewrapSubjectKeys(
    moves: readonly (Rewrapped & { readonly subject: SubjectId; readonly version: number })[],
  ): Promise<number>;
  /**
   * Replaces a subject's key, and updates (never inserts) every node key it wraps. Rows behind a
   * fence are deleted, and outlive no epoch.
   */
  replaceSubjectKey(replacement: SubjectKeyReplacement): Promise<SubjectKeyReplaced>;
  evidenceKeysUnder(epoch: number, page: Page<SubjectId>): Promise<readonly EvidenceKeyRow[]>;
  rewrapEvidenceKeys(
    moves: readonly (Rewrapped & { readonly subject: SubjectId })[],
  ): Promise<void>;
  tagKeysUnder(epoch: number, page: Page<string>): Promise<readonly TagKeyRow[]>;
  rewrapTagKeys(moves: readonly (Rewrapped & { readonly tenant: string })[]): Promise<void>;
  caseKeysUnder(epoch: number, page: Page<CaseId>): Promise<readonly CaseKeyRow[]>;
  rewrapCaseKeys(moves: readonly (Rewrapped & { readonly id: CaseId })[]): Promise<void>;
  directoryRowsUnder(epoch: number, page: Page<SubjectId>): Promise<readonly DirectoryRow[]>;
  /** Replaces directory rows that are still there, by look-up. */
  moveDirectoryRows(
    moves: readonly { readonly from: DirectoryRow; readonly to: DirectoryRow }[],
  ): Promise<void>;

  /** The last ledger entry whose shreds are all in this database; -1 at first. */
  appliedLedgerIndex(): Promise<number>;
  /** Never moves back. */
  setAppliedLedgerIndex(index: number): Promise<void>;

  /** Truncates the write-ahead log; `deferred` when a reader is in the way. */
  scrub(): Promise<"removed" | "deferred">;
  close(): Promise<void>;
}
