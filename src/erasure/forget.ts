import type { ErasureRow } from "#audit";
import type { NodeId, Word } from "#kernel";
import { admit, untilUnmoved, type Caller } from "#memory";

import { carryOut } from "./carry-out.ts";
import { certify, type Certificate } from "./certificate.ts";
import { writeIntent } from "./intent.ts";
import { deferHeld, planForget } from "./plan.ts";
import { remakeDerived } from "./remake.ts";
import type { ErasureWorld } from "./world.ts";

export interface ForgetCall {
  readonly caller: Caller;
  readonly nodes: readonly NodeId[];
  /** A code: why. Stands in the ledger. */
  readonly reason: Word;
}

/**
 * Erases memories and everything made from them, and proves it.
 *
 * @throws {OubliError} `ZERO_SCOPE`, `HELD`, `CONFLICT`, `AUDIT_UNAVAILABLE`.
 * @source GDPR Art. 17(1), 19
 */
export async function forget(world: ErasureWorld, call: ForgetCall): Promise<Certificate> {
  const job = await intendForget(world, call);
  return finishForget(world, call.caller, job);
}

/** The part up to the point of no return. */
export function intendForget(world: ErasureWorld, call: ForgetCall): Promise<ErasureRow> {
  const { caller, reason, nodes } = call;
  return untilUnmoved(async () => {
    const admission = await admit(world, { verb: "forget", caller, purpose: null, session: null });
    const plan = await planForget(world, caller, admission.known, nodes);
    const deferred = deferHeld(world, caller, { reason, held: plan.held }, "nodes");
    return writeIntent(world, caller, admission, { ...plan, kind: "forget", reason }, deferred);
  });
}

export async function finishForget(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<Certificate> {
  const { executedIndex } = await carryOut(world, caller, job);
  await remakeDerived(world, caller, job.remake);
  return certify(world, executedIndex);
}
