import {
  OubliError,
  type BackupId,
  type ConsentId,
  type EpochMs,
  type ErasureId,
  type HoldId,
  type LeaseId,
  type NodeId,
  type RestrictionId,
  type SessionId,
  type SubjectId,
  type Word,
} from "#kernel";

import type { BackupRow } from "./backup-row.ts";
import type { ReplayFence } from "./replay-fence.ts";

/**
 * What gates reads stands in the audit database, beside the ledger, and changes in the ledger
 * entry's own transaction: there is no moment at which one says yes and the other no.
 */
export interface SubjectFacts {
  readonly gate: Gate;
  readonly policySeq: number;
  /** The latest record of each purpose, by `collectedAt`, then ledger index. */
  readonly consents: readonly ConsentRow[];
  readonly restrictions: readonly RestrictionRow[];
  readonly holds: readonly HoldRow[];
  /** Acts that have an intent and no `executed` yet. Their nodes are not readable. */
  readonly pending: readonly ErasureRow[];
  /** Whether the subject was erased, or is being erased: nothing may be added or used any more. */
  readonly erased: boolean;
}

/** `seq` counts every act that narrows or widens what may be read; see docs/ARCHITECTURE.md. */
export interface Gate {
  readonly seq: number;
  readonly pending: number;
}

/** One record of the consent ledger. Never changed; a withdrawal is a new record. */
export interface ConsentRow {
  readonly subject: SubjectId;
  readonly id: ConsentId;
  readonly purpose: Word;
  readonly granted: boolean;
  readonly explicit: boolean;
  readonly collectedAt: EpochMs;
  readonly validUntil: EpochMs | null;
  readonly policyVersion: Word;
  readonly mechanism: Word;
  readonly language: Word | null;
  /** Its entry's place in the ledger. */
  readonly index: number;
}

/** Storage only, nothing else: for one purpose, or for all (`null`). @source GDPR Art. 18(2) */
export interface RestrictionRow {
  readonly subject: SubjectId;
  readonly id: RestrictionId;
  readonly purpose: Word | null;
  readonly ground: Word;
  readonly since: EpochMs;
}

/** A legal hold. Its scope is the subject, narrowed by whichever of the three is set. */
export interface HoldRow {
  readonly subject: SubjectId;
  readonly id: HoldId;
  readonly case: Word;
  readonly reason: Word;
  readonly nodes: readonly NodeId[] | null;
  readonly category: Word | null;
  readonly purpose: Word | null;
  readonly since: EpochMs;
}

/** One revision of one node. */
export interface NodeRef {
  readonly node: NodeId;
  readonly revision: number;
}

/**
 * An act of erasure or correction, from its intent on. The redo reads all it needs from here.
 *
 * A `transfer` is one that a person's region has in hand until they left, an `arrival` one that
 * their next region has until they are there. While either is pending, nobody uses them.
 */
export interface ErasureRow {
  readonly subject: SubjectId;
  readonly id: ErasureId;
  readonly kind: "forget" | "erase" | "correct" | "transfer" | "arrival";
  readonly reason: Word;
  /** The nodes it destroys; `null` means the whole subject, except `held`. */
  readonly nodes: readonly NodeRef[] | null;
  /** Nodes in scope that a hold kept from destruction. */
  readonly held: readonly NodeId[];
  /** Derived nodes to make anew from what remains, once the erasure is done. */
  readonly remake: readonly Remake[];
  readonly tenant: Word;
  readonly intentIndex: number;
  readonly startedAt: EpochMs;
}

/** A derived node that loses some of its sources, and how to make one from the others. */
export interface Remake {
  readonly deriver: Word;
  readonly purpose: Word;
  readonly session: SessionId | null;
  readonly sources: readonly NodeId[];
}

/** Where an erasure stands: intent written, done everywhere, done in every backup, or undone. */
export type ErasureStage = "pending" | "executed" | "final" | "aborted";

/** An erasure's row as it stands, in whatever stage. */
export interface StagedErasure extends Omit<ErasureRow, "remake"> {
  readonly stage: ErasureStage;
  readonly executedIndex: number | null;
  readonly finalIndex: number | null;
  readonly epoch: number | null;
}

/** An erasure that is past its `executed` entry. */
export interface ExecutedErasure {
  readonly subject: SubjectId;
  readonly id: ErasureId;
  readonly stage: ErasureStage;
  readonly kind: ErasureRow["kind"];
  readonly tenant: Word;
  readonly executedIndex: number;
  readonly finalIndex: number | null;
  /** The epoch whose end makes it final. */
  readonly epoch: number;
}

/** An erasure that waits: a withdrawal's, or one that a hold deferred. */
export interface QueuedErasure {
  readonly subject: SubjectId;
  readonly id: ErasureId;
  readonly tenant: Word;
  readonly reason: Word;
  /** What it erases: nodes resting on this purpose alone, these nodes, or the subject. */
  readonly scope:
    | { readonly purpose: Word }
    | { readonly nodes: readonly NodeId[] }
    | { readonly subject: true };
  readonly queuedAt: EpochMs;
}

/** One of many rows that cannot be read: something else wrote it. The others are read beside it. */
export interface DamagedRow {
  readonly subject: SubjectId;
  readonly id: ErasureId;
  /** The table it stands in. */
  readonly damaged: Word;
}

/** @throws {OubliError} `STORE_DAMAGED` for a row that could not be read. */
export function intact<Row extends object>(row: Row | DamagedRow): Row {
  if ("damaged" in row) throw new OubliError("STORE_DAMAGED", { table: row.damaged });
  return row;
}

/** Who works on an erasure, and until when nobody else may. */
export interface Lease {
  readonly holder: LeaseId;
  readonly now: EpochMs;
  readonly until: EpochMs;
}

/** A change to what gates reads. It takes effect in its entry's own transaction, or not at all. */
export type Effect =
  | { readonly kind: "gate"; readonly subject: SubjectId; readonly pending: -1 | 0 | 1 }
  | {
      readonly kind: "consent";
      readonly row: Omit<ConsentRow, "index">;
      readonly evidence: Uint8Array | null;
    }
  | { readonly kind: "restrict"; readonly row: RestrictionRow }
  | { readonly kind: "restrict.lift"; readonly subject: SubjectId; readonly id: RestrictionId }
  | { readonly kind: "hold"; readonly row: HoldRow }
  | { readonly kind: "hold.release"; readonly subject: SubjectId; readonly id: HoldId }
  | {
      readonly kind: "erasure.begin";
      readonly row: Omit<ErasureRow, "intentIndex">;
      readonly lease: Lease;
    }
  /** Nodes that an act takes in beside those of its plan, or that a hold keeps from it. */
  | {
      readonly kind: "erasure.extend";
      readonly subject: SubjectId;
      readonly id: ErasureId;
      readonly nodes: readonly NodeRef[];
      readonly held: readonly NodeId[];
    }
  | { readonly kind: "replay.fence"; readonly fences: readonly ReplayFence[] }
  | {
      readonly kind: "erasure.executed";
      readonly subject: SubjectId;
      readonly id: ErasureId;
      readonly epoch: number;
    }
  | { readonly kind: "erasure.aborted"; readonly subject: SubjectId; readonly id: ErasureId }
  | { readonly kind: "erasure.final"; readonly subject: SubjectId; readonly id: ErasureId }
  | { readonly kind: "queue"; readonly row: QueuedErasure }
  | { readonly kind: "queue.done"; readonly subject: SubjectId; readonly id: ErasureId }
  | { readonly kind: "backup.made"; readonly backup: BackupRow }
  | { readonly kind: "backup.ended"; readonly id: BackupId }
  | { readonly kind: "policy"; readonly digest: Word; readonly json: string };
