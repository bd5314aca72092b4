import {
  word,
  MINUTE_MS,
  SECOND_MS,
  type Actor,
  type EpochMs,
  type LeaseId,
  type NodeId,
  type SubjectId,
} from "#kernel";
import type { Lease } from "#audit";
import type { MemoryWorld, PlacedDeriver } from "#memory";

/** Everything the erasure room works with. */
export interface ErasureWorld extends MemoryWorld {
  /** Functions that make derived nodes anew, by the name they were registered under. */
  readonly derivers: ReadonlyMap<string, PlacedDeriver>;
  /** This process, as the holder of leases. */
  readonly holder: LeaseId;
  /** Tells live sessions of this process what was erased. */
  readonly onErased: (subject: SubjectId, nodes: readonly NodeId[] | null) => void;
}

/** How long an act may stand still before another process takes it over. */
const LEASE_MS = 10 * SECOND_MS;

/** How long a replay of an erased source event is refused. */
export const REPLAY_FENCE_MS = 10 * 365 * 24 * 60 * MINUTE_MS;

export function leaseOf({ holder, clock }: ErasureWorld): Lease {
  const now = clock.now();
  return { holder, now, until: (now + LEASE_MS) as EpochMs };
}

/** The actor of what the product does of itself: sweeps, redos, ends of epochs. */
export const SYSTEM_ACTOR: Actor = {
  kind: "system",
  id: word("oubli"),
  roles: [word("privacy-officer")],
};
