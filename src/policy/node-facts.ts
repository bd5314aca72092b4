import type { EpochMs } from "#kernel";

/** What policy reads of a node; everything it needs is readable without opening the node. */
export interface NodeFacts {
  readonly purposes: readonly string[];
  /** A derived node carries those of all its sources. */
  readonly categories: readonly string[];
  readonly createdAt: EpochMs;
  /** `null`: no end was stored. */
  readonly expiresAt: EpochMs | null;
}
