import {
  HOUR_MS,
  SECOND_MS,
  type EpochMs,
  type LeaseId,
  type NodeId,
  type SubjectId,
} from "#kernel";
import type { ErasureRow, Lease } from "#audit";
import type { MemoryWorld, PlacedDeriver } from "#memory";
import type { SourcesWorld } from "#sources";

/** Everything the erasure room works with. */
export interface ErasureWorld extends MemoryWorld, SourcesWorld {
  /** Functions that make derived nodes anew, by the name they were registered under. */
  readonly derivers: ReadonlyMap<string, PlacedDeriver>;
  /** This process, as the holder of leases. */
  readonly holder: LeaseId;
  /**
   * Goes on with a transfer that was interrupted. It needs two regions, so whoever opened them
   * gives it. @returns whether it is done; if not, it waits.
   */
  readonly resume: (job: ErasureRow) => Promise<boolean>;
  /** Tells live sessions of this process what was erased. */
  readonly onErased: (subject: SubjectId, nodes: readonly NodeId[] | null) => void;
}

/** How long an act may stand still before another process takes it over. */
const LEASE_MS = 10 * SECOND_MS;

const DAY_MS = 24 * HOUR_MS;

/** How long a replay of an erased source event is refused. */
export const REPLAY_FENCE_MS = 10 * 365 * DAY_MS;

/**
 * Until when the events are refused that something told which is erased at `at`.
 *
 * Rounded up to the end of a day: to the millisecond, it would say which erasure a fence is of,
 * and so whose.
 */
export function fenceEnd(at: EpochMs): EpochMs {
  return (Math.ceil((at + REPLAY_FENCE_MS) / DAY_MS) * DAY_MS) as EpochMs;
}

export function leaseOf({ holder, clock }: ErasureWorld): Lease {
  const now = clock.now();
  return { holder, now, until: (now + LEASE_MS) as EpochMs };
}
