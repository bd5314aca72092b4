import type { ErasureRow } from "#audit";
import type { NodeId } from "#kernel";
import type { Removed } from "#memory";

import type { KeptBy } from "./kept-by.ts";
import type { Surface } from "./surfaces.ts";
import { leaseOf, type ErasureWorld } from "./world.ts";

/** Rows that one transaction removes: bounds how long the write lock is held. */
export const PURGE_BATCH = 2000;

/** What was destroyed. */
export interface Shredded {
  readonly epoch: number;
  /** Keys destroyed. */
  readonly keys: number;
  /** Nodes destroyed; for a whole subject, as many as had rows. */
  readonly nodes: number;
  readonly stragglers: readonly NodeId[];
  /** Stragglers that a hold keeps: they wait for its release. */
  readonly held: readonly NodeId[];
  readonly keptBy: readonly KeptBy[];
  readonly removed: Removed;
  readonly surfaces: readonly Surface[];
  readonly keyLog: Promise<"removed" | "deferred"> | null;
}

/** Tells the others, in the middle of long work, that somebody is at it. */
export async function keepLease(world: ErasureWorld, { subject, id }: ErasureRow): Promise<void> {
  await world.audit.store.renewLease(subject, id, leaseOf(world));
}
