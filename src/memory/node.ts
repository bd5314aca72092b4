import type { EpochMs, NodeId, SessionId, SubjectId, Word } from "#kernel";

/**
 * What a node is. A `memory` was told; the others were made from nodes (their sources), and fall
 * with them: a `derived` node by a function of the application, a `block` as a kept context block,
 * an `edge` as a link between its two sources.
 */
export const NODE_KINDS = ["memory", "derived", "block", "edge"] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** The part of a node that is readable in its row: nothing a person said. */
export interface NodeMeta {
  readonly subject: SubjectId;
  readonly node: NodeId;
  /** From 1; a correction makes the next one. */
  readonly revision: number;
  readonly kind: NodeKind;
  readonly category: Word;
  /** A derived node carries the categories of all its sources; the first is {@link category}. */
  readonly categories: readonly Word[];
  readonly purposes: readonly Word[];
  /** Special category of personal data. @source GDPR Art. 9(1) */
  readonly special: boolean;
  /** Health data of a covered region. @source 45 CFR 160.103 */
  readonly phi: boolean;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  readonly session: SessionId | null;
  /** Its order within the session, from 0. */
  readonly position: number;
  /** A derived node's registered function, which can make it anew; a block's name and limits. */
  readonly deriver: Word | null;
}

export type Role = "user" | "assistant" | "system" | "tool";

/** Where a memory came from, in the caller's own terms. */
export interface NodeSource {
  readonly system: string;
  readonly event: string;
}

export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

/** The part of a node that is sealed. */
export interface NodeBody {
  readonly content: string;
  readonly role: Role | null;
  readonly speaker: string | null;
  readonly metadata: Metadata | null;
  readonly source: NodeSource | null;
  /** When it was said, if that was not when it was stored. */
  readonly saidAt: EpochMs | null;
}

/** A node as it stands in the memory database. */
export interface NodeRow extends NodeMeta {
  /** The {@link NodeBody}, sealed under the revision's key as field `body`. */
  readonly body: Uint8Array;
  /** The vector, sealed under the same key as field `embedding`; `null` without an embedder. */
  readonly embedding: Uint8Array | null;
  /** Keyed fingerprint of its source event; becomes the replay fence when the node is erased. */
  readonly replayTag: Uint8Array | null;
}

/** A node in the clear. */
export interface OpenNode extends NodeMeta, NodeBody {
  readonly vector: Float32Array | null;
}
