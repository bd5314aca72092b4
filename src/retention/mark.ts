import { tryReadEntry } from "#audit";
import type { ErasureWorld } from "#erasure";
import type { EpochMs } from "#kernel";
import { policyDigest } from "#policy";

/** How far the last sweep came. It stands in that sweep's own entry. */
export interface Mark {
  /** The number of the policy whose ends are all stored; 0: of none. */
  readonly reckoned: number;
  /** The number of the policy that consents were last judged by. */
  readonly policy: number;
  /** Consents that ran out up to this moment are in the queue of erasures. */
  readonly lapsedTo: EpochMs;
  /** The ledger's size then: what is recorded later may have run out before. */
  readonly ledger: number;
}

const NOTHING: Mark = { reckoned: 0, policy: 0, lapsedTo: 0 as EpochMs, ledger: 0 };

/** Cost: looks back over the first access log's entries since the last sweep. */
export async function lastMark({ audit }: ErasureWorld): Promise<Mark> {
  const last = await audit.store.lastEntry("access", "retention.run");
  const entry = tryReadEntry(last?.bytes ?? null);
  if (entry === null) return NOTHING;
  const { reckoned, policy, lapsedTo, ledger } = entry;
  const mark = { reckoned, policy, lapsedTo, ledger };
  return Object.values(mark).every(Number.isSafeInteger) ? (mark as Mark) : NOTHING;
}

/** The number of this process's policy; `null` when another process made a newer one valid. */
export async function policySeqOf({ audit, policy }: ErasureWorld): Promise<number | null> {
  const { seq, digest } = await audit.store.policy();
  return digest === policyDigest(policy) ? seq : null;
}
