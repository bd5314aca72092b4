import type { ErasureRow } from "#audit";
import type { NodeId, Word } from "#kernel";
import { admit, type Caller, type KnownFacts } from "#memory";

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
function intendForget(world: ErasureWorld, call: ForgetCall): Promise<ErasureRow> {
  return world.turns.take(call.caller.subject, () => tryForget(world, call));
}

/**
 * One try to write the intent.
 *
 * @param known The facts that `nodes` were chosen under; the intent fails when they changed.
 */
export async function tryForget(
  world: ErasureWorld,
  { caller, reason, nodes }: ForgetCall,
  known?: KnownFacts,
): Promise<ErasureRow | "stale"> {
  const ask = { verb: "forget", caller, purpose: null, session: null } as const;
  const admission = await admit(world, ask, known);
  const plan = await planForget(world, caller, admission.known, nodes);
  const deferred = deferHeld(world, caller, { reason, held: plan.held }, "nodes");
  return writeIntent(world, caller, admission, { ...plan, kind: "forget", reason }, deferred);
}

export async function finishForget(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<Certificate> {
  const { executedIndex } = await carryOut(world, caller, job);
  await remakeDerived(world, job);
  return certify(world, executedIndex);
}
