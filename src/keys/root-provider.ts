import type { KeyObject } from "node:crypto";

import type { EpochMs } from "#kernel";

/** What a provider can say about a root key it destroyed. Stands in certificates. */
export interface DestructionEvidence {
  readonly provider: string;
  readonly epoch: number;
  readonly destroyedAt: EpochMs;
  /** How, in the provider's own words: `overwritten-and-unlinked`, `already-absent`, … */
  readonly method: string;
  /** From when on nobody can bring the key back. Later than `destroyedAt` where a KMS waits. */
  readonly irreversibleAt: EpochMs;
}

/** Holds one root key (RK) an epoch for one region, outside every database and every backup. */
export interface RootProvider {
  /** `file`, `memory`, `vault`. */
  readonly name: string;
  /** Makes the key of an epoch; a key that is there is kept as it is. Durable when resolved. */
  create(epoch: number): Promise<"created" | "exists">;
  /** The 256-bit key, or `null` when there is none (never made, or destroyed). */
  key(epoch: number): Promise<KeyObject | null>;
  /** Epochs that have a key, ascending. */
  epochs(): Promise<readonly number[]>;
  /**
   * Destroys the key where it lives. Idempotent. Another key of the region has to be there: to some
   * providers it is the proof that they looked in the right place.
   */
  destroy(epoch: number): Promise<DestructionEvidence>;
  /** Lets go of what this process holds: keys in memory, timers. */
  close?(): void;
}
