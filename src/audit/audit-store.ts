import type { ConsentId, EpochMs, ErasureId, SubjectId, Word } from "#kernel";

import type { OutstandingBackups } from "./backup-row.ts";
import type { EntryType, SealedEntry } from "./entry.ts";
import type { LogName } from "./log-names.ts";
import type { FencePage, ReplayFence } from "./replay-fence.ts";
import type {
  ConsentRow,
  DamagedRow,
  Effect,
  ErasureRow,
  ExecutedErasure,
  Gate,
  HoldRow,
  Lease,
  QueuedErasure,
  Remake,
  RestrictionRow,
  StagedErasure,
  SubjectFacts,
} from "./subject-facts.ts";

/** What an entry's call had seen. Another gate by now means that the call starts again. */
export interface GateCheck {
  readonly subject: SubjectId;
  readonly seq: number;
  readonly policySeq: number;
  /** The earliest moment at which something it used expires. */
  readonly notAfter: EpochMs | null;
  /**
   * The subject's change number in the memory store, where the call did not ask whether it still is.
   * Only for a store that compares them.
   */
  readonly change?: number;
}

/**
 * What other stores of the same database write in the transaction of an entry, once it is added.
 * Only their engine looks inside.
 */
export interface Carried {
  readonly calls: readonly unknown[];
}

/** Entries that stand or fall together, with the changes that take effect with them. */
export interface Append {
  readonly log: LogName;
  readonly entries: readonly SealedEntry[];
  readonly check: GateCheck | null;
  readonly effects: readonly Effect[];
  /** Written with it where it is appended alone; the outcome says whether it was. */
  readonly carries?: Carried | null;
}

export type Appended =
  | {
      readonly status: "appended";
      /** Of its first entry. */
      readonly index: number;
      /** What the calls answered that it carried; absent: none of them was made. */
      readonly answers?: readonly unknown[];
    }
  | { readonly status: "stale" };

/** One log's end: how many leaves, and the roots of its perfect subtrees, largest first. */
export interface Head {
  readonly size: number;
  readonly frontier: readonly Uint8Array[];
}

export interface StoredEntry {
  readonly index: number;
  readonly type: EntryType;
  readonly ts: EpochMs;
  readonly subject: SubjectId | null;
  readonly hash: Uint8Array;
  /** `null` once pruned; the hash stays. */
  readonly bytes: Uint8Array | null;
}

export interface PolicyState {
  readonly seq: number;
  readonly digest: Word | null;
  readonly json: string | null;
}

/** Every row about a subject that gates reads, from one snapshot. */
export interface GateRows {
  /** The ledger's size in that snapshot: the rows say what the entries below it say, and no more. */
  readonly size: number;
  readonly gate: Gate;
  /** Oldest first. */
  readonly consents: readonly ConsentRow[];
  readonly restrictions: readonly RestrictionRow[];
  readonly holds: readonly HoldRow[];
  /** In whatever stage they are. */
  readonly erasures: readonly StagedErasure[];
}

export interface QueuePage {
  readonly after: Pick<QueuedErasure, "subject" | "id"> | null;
  readonly limit: number;
  readonly subject?: SubjectId;
}

/** Which consents ran out: by their own end, or by the longest that any may last. */
export interface Lapse {
  /** After this moment, or recorded from this ledger index on. */
  readonly after: EpochMs;
  readonly fromIndex: number;
  /** At or before this moment. */
  readonly until: EpochMs;
  readonly validityMs: number | null;
}

/**
 * What the audit log needs from a database. All of it stands in one database, because what gates
 * reads changes in one transaction with the ledger entry that says so.
 */
export interface AuditStore {
  /** Its logs, the ledger last. How many access logs it has was settled when it was made. */
  readonly logs: readonly LogName[];
  /** Whether an append compares change numbers of the memory store. */
  readonly comparesChanges: boolean;

  /** The cheapest look at a subject: one row. Part of every recall. */
  gate(subject: SubjectId): Promise<Gate & { readonly policySeq: number }>;
  /** Everything gates read, from one snapshot. */
  facts(subject: SubjectId): Promise<SubjectFacts>;

  /** As {@link facts}, with all that is over: for a check against the ledger. */
  gateRows(subject: SubjectId): Promise<GateRows>;
  /** Subjects that the ledger or one of those rows names, by id, after `after`. */
  gateSubjects(page: {
    readonly after: SubjectId | null;
    readonly limit: number;
  }): Promise<readonly SubjectId[]>;

  /**
   * Appends a batch in one transaction; durable when the promise resolves. Under the heads' lock
   * each item's check is compared with the gate, the policy and `now`; a stale item is rejected
   * alone, with none of its effects. Indices are contiguous and without gaps.
   */
  append(batch: readonly Append[], now: EpochMs): Promise<readonly Appended[]>;

  head(log: LogName): Promise<Head>;
  /** Entries from `from` on, at most `limit`, of one subject or of all. */
  entries(
    log: LogName,
    range: { readonly from: number; readonly limit: number; readonly subject?: SubjectId },
  ): Promise<readonly StoredEntry[]>;
  /** The newest entry of a type. Cost: looks back until it meets one. */
  lastEntry(log: LogName, type: EntryType): Promise<StoredEntry | null>;
  /**
   * `count` hashes of a tile level from `from` on, 32 bytes each. Level 0 is the leaves; hash `i`
   * of level L is the root of the 256 hashes below it. Fewer come back when the log is shorter.
   */
  hashes(log: LogName, level: number, from: number, count: number): Promise<Uint8Array>;
  /** Removes the bytes below `before`, leaving hashes. @returns how many entries lost theirs. */
  prune(log: LogName, before: number): Promise<number>;

  /** Whether anything at all is on hold: then no evidence of anything goes. */
  hasHolds(): Promise<boolean>;
  /** Who has a hold that is not of named memories alone, by id. */
  heldSubjects(page: {
    readonly after: SubjectId | null;
    readonly limit: number;
  }): Promise<readonly SubjectId[]>;

  consents(subject: SubjectId): Promise<readonly ConsentRow[]>;
  consentEvidence(subject: SubjectId): Promise<ReadonlyMap<ConsentId, Uint8Array>>;
  endConsentEvidence(subject: SubjectId, consents: readonly ConsentId[]): Promise<void>;
  /**
   * Records that still have evidence, and stopped to matter before `before`: the next one of their
   * purpose took their place, or, where there is none, they are a withdrawal or ran out.
   */
  consentsWithEvidence(before: EpochMs, limit: number): Promise<readonly ConsentRow[]>;
  /** Consents that ran out, and that no later record of their purpose replaced; by subject. */
  lapsedConsents(
    lapsed: Lapse,
    page: { readonly after: ConsentRow | null; readonly limit: number },
  ): Promise<readonly ConsentRow[]>;

  /** Takes up to `limit` unfinished erasures whose lease has run out, under a new lease. */
  claimErasures(lease: Lease, limit: number): Promise<readonly (ErasureRow | DamagedRow)[]>;
  /** As {@link claimErasures}, of those that are executed, and have something to make anew. */
  claimRemakes(lease: Lease, limit: number): Promise<readonly (ErasureRow | DamagedRow)[]>;
  /** Says what is left to be made anew, and gives the lease back. */
  settleRemakes(subject: SubjectId, id: ErasureId, left: readonly Remake[]): Promise<void>;
  /** The ledger index of the oldest intent without an `executed`; `null` when there is none. */
  oldestPending(): Promise<number | null>;
  /** Prolongs a lease; `false` when another holder has it. */
  renewLease(subject: SubjectId, id: ErasureId, lease: Lease): Promise<boolean>;
  executed(range: {
    readonly epochMax: number;
    readonly limit: number;
  }): Promise<readonly ExecutedErasure[]>;
  erasure(subject: SubjectId, id: ErasureId): Promise<ExecutedErasure | null>;
  /** Erasures that wait, of one subject or of all, by subject and id. */
  queued(page: QueuePage): Promise<readonly (QueuedErasure | DamagedRow)[]>;

  /** Puts fences in; one that is there and ends later stays. For more than one entry carries. */
  fenceReplays(fences: readonly ReplayFence[]): Promise<void>;
  /** Fences by their ends: what a memory database lost that was restored. */
  replayFences(page: FencePage): Promise<readonly ReplayFence[]>;
  /** Removes those whose time is over. @returns how many. */
  endReplayFences(now: EpochMs): Promise<number>;

  /** Forgets a queued erasure that has nothing left to erase. */
  dequeue(subject: SubjectId, id: ErasureId): Promise<void>;

  /** Copies that may still exist at `now`, and the `limit` of them that end last. */
  outstandingBackups(now: EpochMs, limit: number): Promise<OutstandingBackups>;

  policy(): Promise<PolicyState>;
  /** Cuts the write-ahead log, so that no old page stays. */
  scrub(): Promise<"removed" | "deferred">;
  close(): Promise<void>;
}
