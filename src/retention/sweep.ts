import { endStrayKeys, removeEnded } from "#cases";
import { finaliseErasures, noteApplied, redo, runQueues, type ErasureWorld } from "#erasure";
import { SYSTEM_ACTOR, type SubjectId, type Word } from "#kernel";
import { resumeTargets } from "#sources";

import { endEvidence } from "./end-evidence.ts";
import { sweepExpired } from "./expired.ts";
import { eraseLapsed } from "./lapsed.ts";
import { lastMark } from "./mark.ts";
import { sweepOrphans } from "./orphans.ts";
import { pruneAccesses } from "./prune-accesses.ts";
import { reckonAnew } from "./reckon.ts";
import { isStopped } from "./stopped.ts";

/** What one sweep did. Counts only. */
export interface SweepReport {
  /** Memories that had expired, and what was made from them. */
  readonly expired: number;
  /** Expired memories that a hold keeps. */
  readonly held: number;
  /** Memories whose stored end a changed policy brought forward. */
  readonly shortened: number;
  /** Interrupted acts that were finished. */
  readonly redone: number;
  /** Queued erasures that were carried out: a withdrawn or lapsed consent's, a released hold's. */
  readonly queued: number;
  /** Keys of writes that never became visible. */
  readonly orphans: number;
  /** Replay fences and idempotency tags whose time was over. */
  readonly fences: number;
  /** Consent records whose evidence was kept long enough. */
  readonly evidence: number;
  /** Access entries whose bytes were kept long enough; their hashes stay. */
  readonly pruned: number;
  /** Erasures that became final: nobody can bring back the root key that they rest on. */
  readonly final: number;
  /** Cases of the office whose time was over, and keys of cases that a crash left. */
  readonly cases: number;
  /** People for whom something could not be done, because what is stored of them is damaged. */
  readonly failed: number;
}

const NOTHING = { expired: 0, held: 0 };

/**
 * Destroys what expired, by the same path as any erasure, and finishes whatever waits or was
 * interrupted. What expired is unreadable already: this makes it gone. What is stored of one person
 * may be damaged; the others' is swept all the same.
 *
 * @source GDPR Art. 5(1)(e) (storage limitation)
 */
export async function sweep(world: ErasureWorld, tenant: Word): Promise<SweepReport> {
  const failed = new Set<SubjectId>();
  const before = await lastMark(world);
  const redone = await redo(world, failed);
  const waited = await runQueues(world, failed);
  await resumeTargets(world);
  const lapsed = await eraseLapsed(world, tenant, { mark: before, failed });
  const { mark, shortened } = await reckonAnew(world, lapsed.mark, failed);
  // A person is to look at the memories first: this would not leave anything to look at.
  const waits = await isStopped(world);
  const { expired, held } = waits ? NOTHING : await sweepExpired(world, failed);
  const orphans = await sweepOrphans(world, failed);
  const fences = await world.store.endFences(world.clock.now());
  await world.audit.store.endReplayFences(world.clock.now());
  const evidence = await endEvidence(world);
  const pruned = await pruneAccesses(world, tenant);
  const cases = (await removeEnded(world, { actor: SYSTEM_ACTOR })) + (await endStrayKeys(world));
  const final = await finaliseErasures(world);
  await noteApplied(world);
  const report = {
    expired,
    held,
    shortened,
    redone,
    queued: waited + lapsed.erased,
    orphans,
    fences,
    evidence,
    pruned,
    cases,
    final,
    failed: failed.size,
  };
  await world.audit.record({
    t: "retention.run",
    tenant,
    region: world.region,
    actor: SYSTEM_ACTOR,
    subject: null,
    facts: { ...report, ...mark },
  });
  return report;
}
