import type { ErasureRow } from "#audit";
import type { Certificate, ErasureWorld } from "#erasure";
import { isOubliError, OubliError, SYSTEM_ACTOR, type ErrorCode, type SubjectId } from "#kernel";
import type { Caller } from "#memory";

import { arrive } from "./arrive.ts";
import { depart } from "./depart.ts";
import { intendTransfer, type TransferCall } from "./intend.ts";
import { planOf, progressOf } from "./plan.ts";
import { undo } from "./undo.ts";
import type { Regions, TransferPlan } from "./world.ts";

/** Somebody who has another home by now. */
export interface Transferred {
  /** Who they are there. */
  readonly subject: SubjectId;
  /** That nothing of them is left where they were; it names the authorisation. */
  readonly certificate: Certificate;
}

/** What no repetition mends: then what was begun is undone. */
const HOPELESS: readonly ErrorCode[] = [
  "TRANSFER_REFUSED",
  "SEAL_BROKEN",
  "STORE_DAMAGED",
  "SUBJECT_ERASED",
];

/**
 * Moves a person to another region, with all that is kept of them: sealed anew under that region's
 * own keys, then erased where they were, with a certificate.
 *
 * From the intent on nobody can use them in either region; from `transfer.in` on they are in use
 * where they went. A process that dies between leaves an act that another one finishes: what was
 * done is done again, and makes no second copy.
 *
 * @throws {OubliError} what {@link intendTransfer} throws; `CONFLICT`, an outage of either region:
 *   it is finished later, or by the same call again.
 * @source GDPR Art. 44–49 · 45 CFR 164.502(e)
 */
export async function transfer(regions: Regions, call: TransferCall): Promise<Transferred> {
  const { plan } = await intendTransfer(regions, call);
  return finish(regions, plan, call.caller);
}

async function finish(regions: Regions, plan: TransferPlan, caller: Caller): Promise<Transferred> {
  const progress = await progressOf(regions.to, plan);
  if (progress === "aborted") {
    await undo(regions, plan, caller);
    throw new OubliError("CONFLICT", { erasure: plan.id });
  }
  if (progress !== "arrived") await arriveOrUndo(regions, plan, caller);
  return { subject: plan.as, certificate: await depart(regions, plan, caller) };
}

async function arriveOrUndo(regions: Regions, plan: TransferPlan, caller: Caller): Promise<void> {
  try {
    await arrive(regions, plan, caller);
  } catch (error) {
    if (HOPELESS.some((code) => isOubliError(error, code))) await undo(regions, plan, caller);
    throw error;
  }
}

/** Finishes what a process that died, or met an outage, had begun. */
export async function resumeTransfer(regions: Regions, job: ErasureRow): Promise<void> {
  const plan = await planOf(regions.from, job);
  const caller = { subject: plan.subject, tenant: plan.tenant, actor: SYSTEM_ACTOR };
  await finish(regions, plan, caller);
}

/** The transfer that a person is under; `null`: none. */
export async function leavingOf(
  from: ErasureWorld,
  subject: SubjectId,
): Promise<TransferPlan | null> {
  const { facts } = await from.facts.read(subject);
  const job = facts.pending.find(({ kind }) => kind === "transfer");
  return job ? planOf(from, job) : null;
}
