import { forget, noteApplied, redo, runQueue, SYSTEM_ACTOR, type ErasureWorld } from "#erasure";
import {
  HOUR_MS,
  isOubliError,
  type EpochMs,
  type NodeId,
  type SubjectId,
  type Word,
} from "#kernel";
import { keyName } from "#keys";

import { endEvidence } from "./end-evidence.ts";
import { pruneAccesses } from "./prune-accesses.ts";

/** What one sweep did. Counts only. */
export interface SweepReport {
  /** Memories that had expired, and what was made from them. */
  readonly expired: number;
  /** Expired memories that a hold keeps. */
  readonly held: number;
  /** Interrupted acts that were finished. */
  readonly redone: number;
  /** Queued erasures that were carried out. */
  readonly queued: number;
  /** Keys of writes that never became visible. */
  readonly orphans: number;
  /** Replay fences and idempotency tags whose time was over. */
  readonly fences: number;
  /** Consent records whose evidence was kept long enough. */
  readonly evidence: number;
  /** Access entries whose bytes were kept long enough; their hashes stay. */
  readonly pruned: number;
}

/** Expired memories taken at a time: bounds the size of one intent. */
const EXPIRED_PAGE = 1000;

/** A write is over, or dead, after an hour: its key may go if it never got a row. */
const ORPHAN_AGE_MS = HOUR_MS;

/**
 * Destroys what expired, by the same path as any erasure, and finishes whatever waits or was
 * interrupted. What expired is unreadable already: this makes it gone.
 *
 * @source GDPR Art. 5(1)(e) (storage limitation)
 */
export async function sweep(world: ErasureWorld, tenant: Word): Promise<SweepReport> {
  const redone = await redo(world);
  const queued = (await runQueue(world)).length;
  const { expired, held } = await sweepExpired(world);
  const orphans = await sweepOrphans(world);
  const fences = await world.store.endFences(world.clock.now());
  const evidence = await endEvidence(world, tenant);
  const pruned = await pruneAccesses(world, tenant);
  await noteApplied(world);
  const report = { expired, held, redone, queued, orphans, fences, evidence, pruned };
  await world.audit.record({
    t: "retention.run",
    tenant,
    region: world.region,
    actor: SYSTEM_ACTOR,
    subject: null,
    facts: report,
  });
  return report;
}

async function sweepExpired(world: ErasureWorld): Promise<Pick<SweepReport, "expired" | "held">> {
  const kept = new Set<NodeId>();
  let expired = 0;
  for (;;) {
    const page = await world.store.expired(world.clock.now(), EXPIRED_PAGE + kept.size);
    const due = page.filter(({ node }) => !kept.has(node));
    // All that is left of them by now.
    if (due.length === 0) return { expired, held: page.length };
    for (const [subject, nodes] of bySubject(due)) {
      const done = await forgetExpired(world, subject, nodes);
      expired += done;
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

const SUBJECT_PAGE = 500;

/** A crash between a key and its row leaves the key. It opens nothing, and goes. */
async function sweepOrphans({ keyring, store, clock }: ErasureWorld): Promise<number> {
  const before = (clock.now() - ORPHAN_AGE_MS) as EpochMs;
  let orphans = 0;
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await keyring.subjects(null, {
      after,
      limit: SUBJECT_PAGE,
    });
    for (const subject of page) {
      const keys = await keyring.liveRefs(subject, before);
      if (keys.length === 0) continue;
      const { heads } = await store.heads(subject, ["memory", "derived", "block", "edge"]);
      const rows = new Set(heads.map(keyName));
      const lost = keys.filter((ref) => !rows.has(keyName(ref)));
      if (lost.length > 0) await keyring.dropNodeKeys(subject, lost);
      orphans += lost.length;
    }
    after = page.at(-1) ?? null;
    if (page.length < SUBJECT_PAGE) return orphans;
  }
}
