import type { Carried, ReplayFence } from "#audit";
import type { EpochMs, ErasureId, NodeId, SessionId, SubjectId, Word } from "#kernel";
import type { Minted } from "#keys";

import type { InventoryRow } from "./inventory.ts";
import type { NodeKind, NodeMeta, NodeRow } from "./node.ts";
import type { Removed } from "./removed.ts";

/** New nodes of one subject that become visible together. */
export interface NodeInsert {
  readonly subject: SubjectId;
  readonly rows: readonly NodeRow[];
  /** What the rows were made from, in order; every source must still be at this revision. */
  readonly derivations: readonly Derivation[];
  /** Makes a repeated call with the same tag answer with the nodes of the first. */
  readonly idempotency: { readonly tag: Uint8Array; readonly until: EpochMs } | null;
  readonly now: EpochMs;
}

export interface Derivation {
  readonly derived: NodeId;
  readonly source: NodeId;
  readonly sourceRevision: number;
  readonly position: number;
}

export type Inserted =
  | { readonly status: "inserted" }
  /** The subject was erased, or is being erased. */
  | { readonly status: "fenced" }
  /** A source is gone or has another revision by now. */
  | { readonly status: "source-gone" }
  /**
   * Nothing was written: these nodes hold that source event for one of the purposes, or answered
   * that tag, already.
   */
  | { readonly status: "known"; readonly nodes: readonly NodeId[] }
  /** Nothing was written: a node with this source event was erased. */
  | { readonly status: "replay-of-erased" };

export interface NodeFilter {
  readonly kinds: readonly NodeKind[];
  readonly category?: Word;
  readonly purpose?: Word;
  readonly session?: SessionId;
  /** Created at or after, and before. */
  readonly since?: EpochMs;
  readonly until?: EpochMs;
}

/** A place in a listing: nodes are listed newest first, then by id. */
export interface ListCursor {
  readonly createdAt: EpochMs;
  readonly node: NodeId;
}

export interface NodeHead {
  readonly node: NodeId;
  readonly revision: number;
}

/** What an act of destruction has to know of a node. Nothing that is sealed. */
export interface ErasableNode extends NodeMeta {
  /**
   * By which a replay would be known: its source event's, and, with their ends, those of repeated
   * calls that are answered with it.
   */
  readonly tags: readonly { readonly tag: Uint8Array; readonly until: EpochMs | null }[];
}

export interface Purged {
  readonly removed: Removed;
  /** Nodes made from the purged ones that were not among them: made while the plan was written. */
  readonly stragglers: readonly NodeHead[];
}

/** Rows that still hold something of what should be gone. All zero after a whole erasure. */
export interface Residue {
  readonly nodes: number;
  readonly embeddings: number;
  readonly derivations: number;
  readonly sessions: number;
  readonly idempotency: number;
}

export interface CarriedInsert extends Carried {
  /** What became of it; `null` where the keys were refused, and nothing of it was written. */
  inserted(answers: readonly unknown[]): Inserted | null;
}

/**
 * What the memory room needs from the memory database of one region. Every method is one
 * transaction, durable when its promise resolves. A store sees sealed content only.
 *
 * Each subject has a change number: every insert, swap and purge makes it one more, in the same
 * transaction, and rows carry the number that they were written under.
 */
export interface MemoryStore {
  /** Makes rows visible, unless one of the refusals of {@link Inserted} applies; all or none. */
  insert(insert: NodeInsert): Promise<Inserted>;
  /**
   * An {@link insert}, and the keys of its rows, for the transaction of their entry. Writes nothing
   * itself; absent where keys, entries and rows are not of one database.
   */
  carried?(minted: Minted, insert: NodeInsert): Promise<CarriedInsert>;
  /** Looks before the work of an insert is done; {@link insert} decides. */
  known(
    subject: SubjectId,
    tags: {
      readonly replay: readonly Uint8Array[];
      readonly purposes: readonly Word[];
      readonly idempotency: Uint8Array | null;
      readonly now: EpochMs;
    },
  ): Promise<Inserted | null>;
  /**
   * For each source event's tag: the live node that holds it for one of these purposes. What is
   * held for others only is not known to who asks.
   */
  nodesOfEvents(
    subject: SubjectId,
    tags: readonly (Uint8Array | null)[],
    purposes: readonly Word[],
  ): Promise<readonly (NodeId | null)[]>;
  /**
   * Replaces a node's row by its next revision, if it is at `from` now. Derivations stay: those
   * of its old content are for the caller to purge.
   */
  swap(from: NodeHead, row: NodeRow): Promise<"swapped" | "moved" | "fenced">;

  /** The subject's change number; 0 when nothing was ever written. The cheapest look. */
  change(subject: SubjectId): Promise<number>;
  /** Rows of these kinds written after change number `after`, with the number they stand for. */
  load(
    subject: SubjectId,
    kinds: readonly NodeKind[],
    after: number,
  ): Promise<{ readonly change: number; readonly rows: readonly NodeRow[] }>;
  /** Which revisions of these kinds are visible, with the change number they stand for. */
  heads(
    subject: SubjectId,
    kinds: readonly NodeKind[],
  ): Promise<{ readonly change: number; readonly heads: readonly NodeHead[] }>;
  rows(subject: SubjectId, nodes: readonly NodeId[]): Promise<readonly NodeRow[]>;
  erasable(subject: SubjectId, nodes: readonly NodeId[]): Promise<readonly ErasableNode[]>;
  /** Readable parts, newest first. */
  list(
    subject: SubjectId,
    filter: NodeFilter,
    page: { readonly after: ListCursor | null; readonly limit: number },
  ): Promise<readonly NodeMeta[]>;
  /** Direct derivations that have this node on the given side, in order. */
  derivations(
    subject: SubjectId,
    side: { readonly source: NodeId } | { readonly derived: NodeId },
  ): Promise<readonly Derivation[]>;
  /**
   * Everything made from `nodes`, directly or through others; not the nodes themselves.
   *
   * @param except Kinds that are not followed or named.
   */
  madeFrom(
    subject: SubjectId,
    nodes: readonly NodeId[],
    except?: readonly NodeKind[],
  ): Promise<readonly NodeHead[]>;

  /** The session of a thread's tag, made if it is new; `fenced` when the subject is erased. */
  session(
    subject: SubjectId,
    tag: Uint8Array,
    candidate: { readonly id: SessionId; readonly purpose: Word; readonly startedAt: EpochMs },
  ): Promise<{ readonly id: SessionId; readonly purpose: Word } | "fenced">;
  /** The position that the next node of a session gets. */
  nextPosition(subject: SubjectId, session: SessionId): Promise<number>;

  /** From now on nothing can be inserted for this subject. Idempotent. */
  fenceSubject(subject: SubjectId, erasure: ErasureId): Promise<void>;
  isFenced(subject: SubjectId): Promise<boolean>;
  /**
   * Deletes nodes with their embeddings, derivations on either side and idempotency rows; turns
   * replay tags into replay fences that end at `fenceUntil`. Idempotent.
   */
  purgeNodes(subject: SubjectId, nodes: readonly NodeId[], fenceUntil: EpochMs): Promise<Purged>;
  /**
   * As {@link purgeNodes} for at most `limit` nodes of a subject, whichever they are, except
   * those held; and, with the last batch, the subject's sessions and idempotency rows.
   */
  purgeSubject(
    subject: SubjectId,
    batch: {
      readonly except: readonly NodeId[];
      readonly limit: number;
      readonly fenceUntil: EpochMs;
    },
  ): Promise<{ readonly removed: Removed; readonly done: boolean }>;
  /** The source events' tags of a subject's nodes, except those held; by tag, after `after`. */
  replayTags(
    subject: SubjectId,
    page: {
      readonly except: readonly NodeId[];
      readonly after: Uint8Array | null;
      readonly limit: number;
    },
  ): Promise<readonly Uint8Array[]>;
  /** Puts replay fences in. One that is there and ends later stays. */
  fenceReplays(fences: readonly ReplayFence[]): Promise<void>;
  /** Counts what is left of the nodes (or of the subject, except the held), in every table. */
  residue(
    subject: SubjectId,
    scope: { readonly nodes: readonly NodeId[] } | { readonly except: readonly NodeId[] },
  ): Promise<Residue>;

  /** Nodes of anybody that expired before `now`, oldest first. */
  expired(
    now: EpochMs,
    limit: number,
  ): Promise<readonly { readonly subject: SubjectId; readonly node: NodeId }[]>;
  /**
   * Brings the stored ends of nodes forward; an end that is earlier already stays. Readers need
   * not hear of it: they judge by the policy in force. @returns how many ends moved.
   */
  endSooner(
    subject: SubjectId,
    ends: readonly { readonly node: NodeId; readonly expiresAt: EpochMs }[],
  ): Promise<number>;
  /** Removes replay fences and idempotency rows whose time is over; answers how many. */
  endFences(now: EpochMs): Promise<number>;
  /** How many nodes each kind has, for a subject. */
  count(subject: SubjectId): Promise<Readonly<Record<NodeKind, number>>>;
  /**
   * Everybody's nodes in numbers, most first; with `endedBy`, those alone whose end is not after it.
   * Cost: reads every such node's readable part, once.
   */
  inventory(endedBy?: EpochMs): Promise<readonly InventoryRow[]>;

  /** The last ledger entry whose purges are all in this database; -1 at first. */
  appliedLedgerIndex(): Promise<number>;
  /** Never moves back. */
  setAppliedLedgerIndex(index: number): Promise<void>;
  scrub(): Promise<"removed" | "deferred">;
  close(): Promise<void>;
}
