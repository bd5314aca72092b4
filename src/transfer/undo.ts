import type { ErasureRow } from "#audit";
import { carryOut, leaseOf, type ErasureWorld } from "#erasure";
import { OubliError, word } from "#kernel";
import { draft, type Caller } from "#memory";

import { begin } from "./expect.ts";
import { intentFacts } from "./intend.ts";
import { progressOf } from "./plan.ts";
import type { Regions, TransferPlan } from "./world.ts";

/**
 * Undoes a transfer that has not arrived: what was copied is erased, and the person stays.
 *
 * The next region's ledger decides, as it does for the arrival: both need its gate to stand still,
 * so a process that only stood still can no longer finish what was undone. So it is asked first,
 * and the person is back in use only after it.
 *
 * @throws {OubliError} `CONFLICT` when they have arrived, or another process is at it.
 */
export async function undo(regions: Regions, plan: TransferPlan, caller: Caller): Promise<void> {
  const { from, to } = regions;
  const progress = await progressOf(to, plan);
  if (progress === "arrived") throw new OubliError("CONFLICT", { erasure: plan.id });
  if (progress !== "aborted") {
    await begin(to, plan, caller);
    await eraseCopy(to, plan, caller);
  }
  const { subject, tenant, id } = plan;
  const them = { caller: { subject, tenant, actor: caller.actor }, session: null };
  const entry = draft(from, them, "transfer.aborted", { erasure: id, to: plan.to });
  await from.audit.record(entry, { effects: [{ kind: "erasure.aborted", subject, id }] });
}

async function eraseCopy(
  to: ErasureWorld,
  { as: subject, tenant, id: transfer, from }: TransferPlan,
  { actor }: Caller,
): Promise<void> {
  const caller = { subject, tenant, actor };
  const { seq, policySeq } = await to.audit.store.gate(subject);
  const row: Omit<ErasureRow, "intentIndex"> = {
    subject,
    id: to.ids.next("erasure"),
    tenant,
    kind: "erase",
    reason: word("transfer-aborted"),
    nodes: null,
    held: [],
    remake: [],
    startedAt: to.clock.now(),
  };
  const them = { caller, session: null };
  const done = await to.audit.record(
    [
      draft(to, them, "erase.intent", { ...intentFacts(row, seq + 1), policy: policySeq }),
      draft(to, them, "transfer.aborted", { erasure: transfer, from }),
    ],
    {
      check: { subject, seq, policySeq, notAfter: null },
      effects: [
        { kind: "erasure.begin", row, lease: leaseOf(to) },
        { kind: "erasure.aborted", subject, id: transfer },
      ],
    },
  );
  if (done.status === "stale") throw new OubliError("CONFLICT", { erasure: transfer });
  await carryOut(to, caller, { ...row, intentIndex: done.index });
}
