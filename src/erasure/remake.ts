import type { ErasureRow, Remake } from "#audit";
import {
  canonicalJson,
  HOUR_MS,
  isOubliError,
  SECOND_MS,
  SYSTEM_ACTOR,
  word,
  type EpochMs,
  type Word,
} from "#kernel";
import { derive, draft, type Caller, type PlacedDeriver } from "#memory";
import { purposeOf } from "#policy";

import { leaseOf, type ErasureWorld } from "./world.ts";

/** How long an application's function may take before it counts as one that does not answer. */
const DERIVER_DEADLINE_MS = 30 * SECOND_MS;

/** How long one that is registered in no process is waited for. */
const UNREGISTERED_MS = 24 * HOUR_MS;

/**
 * Makes derived nodes anew from the sources that remain, where their function is registered.
 *
 * They are gone already when this runs: a remake that is refused (consent was withdrawn, another
 * source is gone), that fails or that does not answer leaves nothing behind, is written down, and
 * is not an error of the erasure, which is done, and whose certificate is owed.
 *
 * What is to be made stands in the job until it is: after a crash, {@link redoRemakes} finds it.
 * Each has an idempotency key, so that what was made before a crash is not made twice.
 */
export async function remakeDerived(world: ErasureWorld, job: ErasureRow): Promise<void> {
  const { subject, id, remake, startedAt } = job;
  if (remake.length === 0) return;
  const here = remake.some(({ deriver }) => world.derivers.has(deriver));
  // Another process may have the function, and finds the job.
  if (!here && world.clock.now() - startedAt < UNREGISTERED_MS) return;
  try {
    for (const [at, one] of remake.entries()) {
      if ((await makeAnew(world, job, one)) !== "late") continue;
      // Whoever waits for the certificate has waited long enough: the others are made by a redo.
      return await world.audit.store.settleRemakes(subject, id, remake.slice(at + 1));
    }
    await world.audit.store.settleRemakes(subject, id, []);
  } catch (error) {
    // The job still says what is to be made.
    if (!isOubliError(error)) throw error;
  }
}

const CLAIMED_AT_ONCE = 16;

/** Makes anew what a crash, or a function that did not answer, left. */
export async function redoRemakes(world: ErasureWorld): Promise<void> {
  if (world.derivers.size === 0) return;
  const jobs = await world.audit.store.claimRemakes(leaseOf(world), CLAIMED_AT_ONCE);
  for (const job of jobs) if (!("damaged" in job)) await remakeDerived(world, job);
}

type Outcome = "made" | "late" | "threw" | "refused" | "unregistered";

async function makeAnew(world: ErasureWorld, job: ErasureRow, remake: Remake): Promise<Outcome> {
  const make = world.derivers.get(remake.deriver);
  const outcome = make ? await run(world, job, remake, make) : "unregistered";
  if (outcome !== "made") await recordNotMade(world, job, remake, outcome);
  return outcome;
}

async function run(
  world: ErasureWorld,
  job: ErasureRow,
  { deriver, purpose, sources, session }: Remake,
  make: PlacedDeriver,
): Promise<Outcome> {
  await keepLeaseOver(world, job);
  const place = { purpose, session: session ?? world.ids.next("session") };
  let outcome: Outcome = "refused";
  const watched: PlacedDeriver = {
    ...make,
    derive: async (nodes) => {
      outcome = "threw";
      const content = await inTime(make.derive(nodes), () => (outcome = "late"));
      outcome = "refused";
      return content;
    },
  };
  const idempotencyKey = canonicalJson([job.id, deriver, purpose, session, sources]);
  try {
    const caller = makerOf(world, job, purpose);
    await derive(world, { ...place, caller, sources, deriver, make: watched, idempotencyKey });
    return "made";
  } catch {
    // What an application's function threw may hold a memory's text: only that it threw is told.
    return outcome;
  }
}

/** It is made again for whoever it was made for, so it needs a role that may use the purpose. */
function makerOf({ policy }: ErasureWorld, { subject, tenant }: ErasureRow, purpose: Word): Caller {
  const roles = purposeOf(policy, purpose)?.roles ?? [word("app")];
  return { subject, tenant, actor: { ...SYSTEM_ACTOR, roles } };
}

/** Rejects when the function does not answer. What it answers then is not stored. */
async function inTime<T>(answer: T | Promise<T>, onLate: () => void): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    onLate();
    reject(new Error("late"));
  }, DERIVER_DEADLINE_MS);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nobody else takes the job while its function may still answer. */
async function keepLeaseOver(world: ErasureWorld, { subject, id }: ErasureRow): Promise<void> {
  const { until, ...lease } = leaseOf(world);
  const over = { ...lease, until: (until + DERIVER_DEADLINE_MS) as EpochMs };
  await world.audit.store.renewLease(subject, id, over);
}

async function recordNotMade(
  world: ErasureWorld,
  job: ErasureRow,
  { deriver, purpose }: Remake,
  outcome: Outcome,
): Promise<void> {
  const facts = { act: word("remake"), erasure: job.id, deriver, purpose, outcome: word(outcome) };
  const caller = makerOf(world, job, purpose);
  await world.audit.record(draft(world, { caller, session: null }, "admin", facts));
}
