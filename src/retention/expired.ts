import { apart, forget, SYSTEM_ACTOR, type ErasureWorld } from "#erasure";
import { isOubliError, type NodeId, type SubjectId, type Word } from "#kernel";

/** Expired memories taken at a time: bounds the size of one intent. */
const EXPIRED_PAGE = 1000;

/**
 * Destroys what expired, by the same path as any erasure.
 *
 * @returns how many memories went, and how many a hold keeps.
 */
export async function sweepExpired(
  world: ErasureWorld,
  failed: Set<SubjectId>,
): Promise<{ readonly expired: number; readonly held: number }> {
  const kept = new Set<NodeId>();
  const damaged = new Set<SubjectId>();
  let expired = 0;
  for (;;) {
    const page = await world.store.expired(world.clock.now(), EXPIRED_PAGE + kept.size);
    const due = page.filter(({ node }) => !kept.has(node));
    if (due.length === 0) {
      for (const subject of damaged) failed.add(subject);
      // All that is left of them by now.
      return { expired, held: page.filter(({ subject }) => !damaged.has(subject)).length };
    }
    for (const [subject, nodes] of bySubject(due)) {
      await apart(damaged, subject, async () => {
        expired += await forgetExpired(world, subject, nodes);
      });
      // Whatever is still there is held, or another act is at it.
      for (const node of nodes) kept.add(node);
    }
  }
}

async function forgetExpired(
  world: ErasureWorld,
  subject: SubjectId,
  nodes: readonly NodeId[],
): Promise<number> {
  const tenant = ((await world.keyring.tenantOf(subject)) ?? "all") as Word;
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

function bySubject(
  due: readonly { readonly subject: SubjectId; readonly node: NodeId }[],
): ReadonlyMap<SubjectId, readonly NodeId[]> {
  const grouped = new Map<SubjectId, NodeId[]>();
  for (const { subject, node } of due) {
    const nodes = grouped.get(subject);
    if (nodes) nodes.push(node);
    else grouped.set(subject, [node]);
  }
  return grouped;
}
