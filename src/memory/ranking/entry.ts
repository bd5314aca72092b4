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

/** Where something stands: in which rows, and how often in each, in the same order. */
export interface Holdings {
  readonly holders: number[];
  readonly counts: number[];
}

/** Notes that a row holds it once more. A row's notes follow one another. @returns how often now. */
export function noteHolder({ holders, counts }: Holdings, row: number): number {
  const last = holders.length - 1;
  if (holders[last] === row) return ++counts[last]!;
  holders.push(row);
  counts.push(1);
  return 1;
}

/** One word, and the entries that hold it. */
export interface Term extends Holdings {
  readonly word: string;
  /** Its number in the vocabulary: small, and given anew once nothing holds the word. */
  readonly number: number;
}

/** A speaker's name in words, and how many entries are theirs. */
export interface Speaker {
  readonly name: string;
  readonly words: readonly string[];
  entries: number;
}

/** The rows of one session's turns, in the order told. */
export interface Session {
  readonly id: SessionId;
  readonly turns: number[];
  /** Scratch of one query, false between queries: its turns have lent. */
  lent: boolean;
}

/** A memory in the index. Its text is not kept: only its terms in order, beside it. */
export interface Entry {
  readonly id: NodeId;
  readonly position: number;
  readonly createdAt: EpochMs;
  readonly session: Session | null;
  readonly speaker: Speaker | null;
  /** Whether it is the person's own, or nobody said whose. */
  readonly own: boolean;
  readonly vector: Float32Array | null;
  readonly vectorLength: number;
}
