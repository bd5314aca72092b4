import type { EpochMs } from "#kernel";

/**
 * Until when a source event, or a repeated call, is refused because what it told was erased. The
 * tag is keyed, and says nothing of whose it was.
 */
export interface ReplayFence {
  readonly tag: Uint8Array;
  readonly until: EpochMs;
}

/** A part of the fences, by their ends. */
export interface FencePage {
  readonly from: EpochMs;
  /** Exclusive; `null`: without end. */
  readonly to: EpochMs | null;
  readonly after: ReplayFence | null;
  readonly limit: number;
}
