import type { EpochMs, NodeId, SessionId } from "#kernel";

export type Role = "user" | "assistant" | "system" | "tool";

/** What ranking knows of one memory. */
export interface RankedDocument {
  readonly id: NodeId;
  readonly text: string;
  readonly speaker: string | null;
  readonly role: Role | null;
  readonly session: SessionId | null;
  /** Its place in its session: only the order counts, gaps do not. */
  readonly position: number;
  readonly createdAt: EpochMs;
  readonly vector: Float32Array | null;
}

/** Where something stands: in which entries, and how often in each, in the same order. */
export interface Holdings {
  readonly holders: Entry[];
  readonly counts: number[];
}

/** One word, and the entries that hold it. */
export interface Term extends Holdings {
  readonly word: string;
  /** Scratch of one query, 0 between queries: its number among the question's words. */
  slot: number;
}

/** A speaker's name in words, and how many entries are theirs. */
export interface Speaker {
  readonly name: string;
  readonly words: readonly string[];
  entries: number;
}

/** A memory in the index. Its text is not kept: only its terms in order. */
export interface Entry {
  readonly id: NodeId;
  readonly position: number;
  readonly createdAt: EpochMs;
  readonly terms: readonly Term[];
  readonly session: SessionId | null;
  readonly speaker: Speaker | null;
  /** Whether it is the person's own, or nobody said whose. */
  readonly own: boolean;
  readonly vector: Float32Array | null;
  readonly vectorLength: number;

  /** The last query with a filter that let this entry through. */
  seenBy: number;
  /** Scratch of one query, 0 between queries: which of the question's words it may hold. */
  marks: number;
  /** Scratch of one query, 0 between queries: what the entry itself says. */
  evidence: number;
  /** Scratch of one query, 0 between queries: evidence with what others lent. */
  score: number;
}
