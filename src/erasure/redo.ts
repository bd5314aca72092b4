import type { ErasureRow, QueuedErasure } from "#audit";
import { isActive } from "#consent";
import { HOUR_MS, isOubliError, LIMITS, type NodeId, type Word } from "#kernel";
import { untilUnmoved, type Caller, type KnownFacts, type NodeMeta } from "#memory";
import { purposeOf } from "#policy";

import { carryOut } from "./carry-out.ts";
import type { Certificate } from "./certificate.ts";
import { redoCorrect } from "./redo-correct.ts";
import { erase } from "./erase.ts";
import { finishForget, tryForget } from "./forget.ts";
import { remakeDerived } from "./remake.ts";
import { leaseOf, SYSTEM_ACTOR, type ErasureWorld } from "./world.ts";

const CLAIMED_AT_ONCE = 16;
const QUEUE_PAGE = 1000;
const LIST_PAGE = 1000;
/** More than this is left for the next round, so that no intent grows without bound. */
const FORGET_MAX = LIMITS.forgetNodesMax;

/**
 * Finishes every act that has an intent and no `executed`: those of a process that died, or that
 * met a fault. A lease makes sure that two processes do not fight over one.
 *
 * @returns how many were finished.
 */
export async function redo(world: ErasureWorld): Promise<number> {
  let finished = 0;
  for (;;) {
    const jobs = await world.audit.store.claimErasures(leaseOf(world), CLAIMED_AT_ONCE);
    if (jobs.length === 0) return finished;
    for (const job of jobs) await redoOne(world, job);
    finished += jobs.length;
  }
}

async function redoOne(world: ErasureWorld, job: ErasureRow): Promise<void> {
  const caller = systemCaller(job);
  if (job.kind === "correct") return redoCorrect(world, caller, job);
  await carryOut(world, caller, job);
  await remakeDerived(world, caller, job.remake);
}

/**
 * Runs erasures that wait: a withdrawn consent's, and those that a hold deferred. One that is
 * still held stays in the queue; so does a withdrawal's for an hour, because a write that was
 * under way when the consent ended may become visible after the first look.
 */
export async function runQueue(
  world: ErasureWorld,
  subject?: QueuedErasure["subject"],
): Promise<readonly Certificate[]> {
  const certificates: Certificate[] = [];
  for (const queued of await world.audit.store.queued(QUEUE_PAGE, subject)) {
    const outcome = await runQueued(world, queued);
    if (outcome === "waits") continue;
    if (outcome !== "nothing") certificates.push(outcome);
    const settled = world.clock.now() - queued.queuedAt > HOUR_MS;
    const late = "purpose" in queued.scope && !(outcome === "nothing" && settled);
    if (!late) await world.audit.store.dequeue(queued.subject, queued.id);
  }
  return certificates;
}

async function runQueued(
  world: ErasureWorld,
  queued: QueuedErasure,
): Promise<Certificate | "nothing" | "waits"> {
  const { scope, reason, subject } = queued;
  const caller = systemCaller(queued);
  try {
    if ("subject" in scope) {
      const { facts } = await world.facts.read(subject);
      return facts.holds.length > 0 ? "waits" : await erase(world, { caller, reason });
    }
    const job = await untilUnmoved(async () => {
      const known = await world.facts.read(subject);
      if (known.facts.erased) return null;
      // Chosen and intended under the same facts: a consent that is given again in between makes
      // the intent stale, and what rests on it is not erased.
      const nodes = "nodes" in scope ? scope.nodes : await restingOn(world, known, scope.purpose);
      return nodes.length === 0 ? null : tryForget(world, { caller, nodes, reason }, known);
    });
    return job === null ? "nothing" : await finishForget(world, caller, job);
  } catch (error) {
    if (isOubliError(error, "ZERO_SCOPE")) return "nothing";
    if (isOubliError(error, "HELD") || isOubliError(error, "CONFLICT")) return "waits";
    throw error;
  }
}

/** Nodes that no purpose holds any more: all of theirs rest on consents that are not in force. */
async function restingOn(
  world: ErasureWorld,
  { subject, facts }: KnownFacts,
  purpose: Word,
): Promise<readonly NodeId[]> {
  const now = world.clock.now();
  const consented = new Set(
    facts.consents.filter((row) => isActive(row, now)).map((row) => row.purpose),
  );
  const holds = (name: Word): boolean =>
    consented.has(name) || purposeOf(world.policy, name)?.basis !== "consent";
  const resting: NodeId[] = [];
  for (let after: NodeMeta | null = null; ;) {
    const filter = { kinds: ["memory", "derived", "block", "edge"], purpose } as const;
    const page = await world.store.list(subject, filter, { after, limit: LIST_PAGE });
    for (const meta of page) if (!meta.purposes.some(holds)) resting.push(meta.node);
    after = page.at(-1) ?? null;
    if (page.length < LIST_PAGE || resting.length >= FORGET_MAX) return resting;
  }
}

function systemCaller({ subject, tenant }: Pick<QueuedErasure, "subject" | "tenant">): Caller {
  return { subject, tenant, actor: SYSTEM_ACTOR };
}
