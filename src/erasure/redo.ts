import { intact, type DamagedRow, type ErasureRow, type QueuedErasure } from "#audit";
import {
  HOUR_MS,
  isOubliError,
  LIMITS,
  SYSTEM_ACTOR,
  type EpochMs,
  type NodeId,
  type SubjectId,
  type Word,
} from "#kernel";
import { NODE_KINDS, type Caller, type KnownFacts, type NodeMeta } from "#memory";
import { holdsUnder } from "#policy";

import { carryOut } from "./carry-out.ts";
import type { Certificate } from "./certificate.ts";
import { redoCorrect } from "./redo-correct.ts";
import { erase } from "./erase.ts";
import { finishForget, tryForget } from "./forget.ts";
import { redoRemakes, remakeDerived } from "./remake.ts";
import { leaseOf, type ErasureWorld } from "./world.ts";

const CLAIMED_AT_ONCE = 16;
const QUEUE_PAGE = 1000;
const LIST_PAGE = 1000;
/** More than this is left for the next round, so that no intent grows without bound. */
const FORGET_MAX = LIMITS.forgetNodesMax;

/**
 * Finishes every act that has an intent and no `executed`: those of a process that died, or that
 * met a fault. A lease makes sure that two processes do not fight over one.
 *
 * @param failed Whose acts could not be finished, because what is stored of them is damaged.
 * @returns how many were finished.
 */
export async function redo(
  world: ErasureWorld,
  failed: Set<SubjectId> = new Set(),
): Promise<number> {
  const met = new Set<ErasureRow["id"]>();
  const waiting: ErasureRow[] = [];
  let finished = 0;
  for (;;) {
    const jobs = await world.audit.store.claimErasures(leaseOf(world), CLAIMED_AT_ONCE);
    const due = jobs.filter(({ id }) => !met.has(id));
    if (due.length === 0) break;
    for (const job of due) {
      met.add(job.id);
      await apart(failed, job.subject, async () => {
        if (await redoOne(world, intact(job))) finished += 1;
        else waiting.push(intact(job));
      });
    }
  }
  for (const job of waiting) await giveBack(world, job);
  await redoRemakes(world);
  return finished;
}

/** What cannot go on here is left to a process that can, at once. */
async function giveBack(world: ErasureWorld, { subject, id }: ErasureRow): Promise<void> {
  const over = { ...leaseOf(world), until: (world.clock.now() - 1) as EpochMs };
  await world.audit.store.renewLease(subject, id, over);
}

/** @returns whether it is finished; a transfer may have to wait for the other region. */
async function redoOne(world: ErasureWorld, job: ErasureRow): Promise<boolean> {
  const caller = systemCaller(job);
  switch (job.kind) {
    case "transfer":
    case "arrival":
      return world.resume(job);
    case "correct":
      await redoCorrect(world, caller, job);
      return true;
    default:
      await carryOut(world, caller, job);
      await remakeDerived(world, job);
      return true;
  }
}

/**
 * Does one person's part of a work for many. What is stored of one may be damaged: then the others
 * go on, and the damage is reported.
 *
 * @param failed Gets the person where it failed.
 * @returns whether it was done.
 */
export async function apart(
  failed: Set<SubjectId>,
  subject: SubjectId,
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const damaged =
      error instanceof SyntaxError ||
      isOubliError(error, "SEAL_BROKEN") ||
      isOubliError(error, "STORE_DAMAGED");
    if (!damaged) throw error;
    failed.add(subject);
    return false;
  }
}

/** Runs the erasures of one person that wait: a withdrawn consent's, and those a hold deferred. */
export async function runQueue(
  world: ErasureWorld,
  subject: SubjectId,
): Promise<readonly Certificate[]> {
  const certificates: Certificate[] = [];
  for await (const queued of waiting(world, subject)) {
    const outcome = await runAndSettle(world, intact(queued));
    if (typeof outcome === "object") certificates.push(outcome);
  }
  return certificates;
}

/**
 * Runs everybody's.
 *
 * @param failed Whose erasures could not be run, because what is stored of them is damaged.
 * @returns how many were carried out.
 */
export async function runQueues(world: ErasureWorld, failed: Set<SubjectId>): Promise<number> {
  let run = 0;
  for await (const queued of waiting(world)) {
    await apart(failed, queued.subject, async () => {
      if (typeof (await runAndSettle(world, intact(queued))) === "object") run += 1;
    });
  }
  return run;
}

/** All that waits, a page at a time: what stays in the queue keeps nothing behind it from its turn. */
async function* waiting(
  { audit }: ErasureWorld,
  subject?: SubjectId,
): AsyncGenerator<QueuedErasure | DamagedRow> {
  for (let after: QueuedErasure | DamagedRow | null = null; ;) {
    const range = { after, limit: QUEUE_PAGE, ...(subject === undefined ? {} : { subject }) };
    const page: readonly (QueuedErasure | DamagedRow)[] = await audit.store.queued(range);
    yield* page;
    if (page.length < QUEUE_PAGE) return;
    after = page.at(-1)!;
  }
}

type Outcome = Certificate | "nothing" | "waits";

/**
 * One that is still held stays in the queue; so does a consent's for an hour, because a write that
 * was under way when the consent ended may become visible after the first look.
 */
async function runAndSettle(world: ErasureWorld, queued: QueuedErasure): Promise<Outcome> {
  const outcome = await runQueued(world, queued);
  if (outcome === "waits") return outcome;
  const settled = world.clock.now() - queued.queuedAt > HOUR_MS;
  const late = "purpose" in queued.scope && !(outcome === "nothing" && settled);
  if (!late) await world.audit.store.dequeue(queued.subject, queued.id);
  return outcome;
}

async function runQueued(world: ErasureWorld, queued: QueuedErasure): Promise<Outcome> {
  const { scope, reason, subject } = queued;
  const caller = systemCaller(queued);
  try {
    if ("subject" in scope) {
      const { facts } = await world.facts.read(subject);
      return facts.holds.length > 0
        ? "waits"
        : await erase(world, { caller, reason, deferred: true });
    }
    const job = await world.turns.take(subject, async () => {
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
    const later = ["HELD", "CONFLICT", "ERASURE_BLOCKED"] as const;
    if (later.some((code) => isOubliError(error, code))) return "waits";
    throw error;
  }
}

/** Nodes that no purpose holds any more: each of theirs lacks a consent that it needs for them. */
async function restingOn(
  world: ErasureWorld,
  { subject, policyFacts: { consents } }: KnownFacts,
  purpose: Word,
): Promise<readonly NodeId[]> {
  const { policy } = world;
  const at = world.clock.now();
  const isHeld = ({ purposes, categories }: NodeMeta): boolean =>
    purposes.some((name) => holdsUnder(name, categories, { consents, at, policy }));
  const resting: NodeId[] = [];
  for (let after: NodeMeta | null = null; ;) {
    const filter = { kinds: NODE_KINDS, purpose };
    const page = await world.store.list(subject, filter, { after, limit: LIST_PAGE });
    for (const meta of page) if (!isHeld(meta)) resting.push(meta.node);
    after = page.at(-1) ?? null;
    if (page.length < LIST_PAGE || resting.length >= FORGET_MAX) return resting;
  }
}

function systemCaller({ subject, tenant }: Pick<QueuedErasure, "subject" | "tenant">): Caller {
  return { subject, tenant, actor: SYSTEM_ACTOR };
}
