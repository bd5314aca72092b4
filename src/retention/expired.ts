import { apart, forget, type ErasureWorld } from "#erasure";
import {
  ALL_TENANTS,
  isOubliError,
  SYSTEM_ACTOR,
  type EpochMs,
  type NodeId,
  type SubjectId,
  type Word,
} from "#kernel";

/** Expired memories taken at a time: bounds the size of one intent. */
const EXPIRED_PAGE = 1000;

/** One batch of expired memories. */
export interface ExpiredBatch {
  readonly now: EpochMs;
  /** Memories that are taken at most; what was made from them goes with them. */
  readonly limit: number;
  /** People whose memories cannot be read are added. */
  readonly failed: Set<SubjectId>;
}

/**
 * Destroys what expired, by the same path as any erasure.
 *
 * @returns how many memories went, and how many a hold keeps.
 */
export async function sweepExpired(
  world: ErasureWorld,
  failed: Set<SubjectId>,
): Promise<{ readonly expired: number; readonly held: number }> {
  const sweep = expiredSweep(world);
  const damaged = new Set<SubjectId>();
  let expired = 0;
  for (;;) {
    const batch = { now: world.clock.now(), limit: EXPIRED_PAGE, failed: damaged };
    const { removed, more, left } = await sweep(batch);
    expired += removed;
    if (more) continue;
    for (const subject of damaged) failed.add(subject);
    // All that is left of them by now.
    return { expired, held: left.filter(({ subject }) => !damaged.has(subject)).length };
  }
}

/**
 * A pass over what expired, batch by batch: what a hold keeps, or another act is at, is tried once,
 * and passed over for the rest of the pass.
 */
export function expiredSweep(world: ErasureWorld) {
  let kept: ReadonlySet<NodeId> = new Set();
  return async ({ now, limit, failed }: ExpiredBatch) => {
    let removed = 0;
    for (let taken = 0; ;) {
      const wanted = Math.min(EXPIRED_PAGE, limit - taken);
      const left = await world.store.expired(now, wanted + kept.size);
      const due = left.filter(({ node }) => !kept.has(node));
      // Oldest first: those of it that are still there stand before whatever was not tried yet.
      kept = new Set(left.flatMap(({ node }) => (kept.has(node) ? [node] : [])));
      if (due.length === 0 || wanted === 0) return { removed, more: due.length > 0, left };
      for (const [subject, rows] of Map.groupBy(due, (one) => one.subject)) {
        await apart(failed, subject, async () => {
          removed += await forgetExpired(
            world,
            subject,
            rows.map(({ node }) => node),
          );
        });
      }
      kept = kept.union(new Set(due.map(({ node }) => node)));
      taken += due.length;
    }
  };
}

async function forgetExpired(
  world: ErasureWorld,
  subject: SubjectId,
  nodes: readonly NodeId[],
): Promise<number> {
  const tenant = (await world.keyring.tenantOf(subject)) ?? ALL_TENANTS;
  const caller = { tenant, actor: SYSTEM_ACTOR, subject };
  try {
    const { entry } = await forget(world, { caller, nodes, reason: "expired" as Word });
    return (entry["scope"] as { nodes: number }).nodes;
  } catch (error) {
    const waits = ["HELD", "ZERO_SCOPE", "CONFLICT"] as const;
    if (waits.some((code) => isOubliError(error, code))) return 0;
    throw error;
  }
}
