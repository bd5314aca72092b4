import type { ErasureRow } from "#audit";
import { carryOut, certify, leaseOf, type Certificate } from "#erasure";
import { OubliError, word } from "#kernel";
import { draft, type Caller } from "#memory";

import { copyNodes, type Copied } from "./copy-nodes.ts";
import { intentFacts } from "./intend.ts";
import { authorisationFacts, type Regions, type TransferPlan } from "./world.ts";

/**
 * Ends the person where they were, once they are in their next region.
 *
 * A write that had its entry before the intent may become visible after all was copied. Nothing can
 * behind the fence, so what is copied once more behind it is all; what of it may not leave is erased
 * with the rest. Then the transfer becomes an erasure, in one transaction: from there on this region
 * finishes by itself, with the same redo, replay and proof as any erasure.
 */
export async function depart(
  regions: Regions,
  plan: TransferPlan,
  caller: Caller,
): Promise<Certificate> {
  const { from } = regions;
  await from.store.fenceSubject(plan.subject, plan.erasure);
  const late = await copyNodes(regions, plan);
  const job = await handOver(regions, plan, caller, late);
  const { executedIndex } = await carryOut(from, caller, job);
  return certify(from, executedIndex);
}

async function handOver(
  { from }: Regions,
  plan: TransferPlan,
  caller: Caller,
  { copied: late, left }: Copied,
): Promise<ErasureRow> {
  const { subject, tenant, erasure: id, to, authorisation } = plan;
  const { seq, policySeq } = await from.audit.store.gate(subject);
  const row = {
    subject,
    id,
    tenant,
    kind: "erase",
    reason: word("transfer"),
    nodes: null,
    held: [],
    remake: [],
    startedAt: from.clock.now(),
  } as const;
  const transfer = { to, ...authorisationFacts(authorisation) };
  const them = { caller: { subject, tenant, actor: caller.actor }, session: null };
  const done = await from.audit.record(
    [
      draft(from, them, "erase.intent", {
        ...intentFacts(row, seq + 1),
        policy: policySeq,
        transfer,
      }),
      draft(from, them, "transfer.out", {
        erasure: plan.id,
        certificate: id,
        ...transfer,
        late,
        left,
        gate: seq + 2,
      }),
    ],
    {
      check: { subject, seq, policySeq, notAfter: null },
      effects: [
        { kind: "erasure.begin", row, lease: leaseOf(from) },
        { kind: "erasure.aborted", subject, id: plan.id },
      ],
    },
  );
  if (done.status === "stale") throw new OubliError("CONFLICT", { erasure: plan.id });
  return { ...row, intentIndex: done.index };
}
