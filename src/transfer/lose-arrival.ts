import type { Effect } from "#audit";
import type { ErasureWorld } from "#erasure";
import { OubliError } from "#kernel";
import { draft, type Caller } from "#memory";
import { ARRIVAL_LOST } from "#policy";

import { authorisationFacts, type TransferPlan } from "./world.ts";

/** An arrival of which nothing can be had back. */
export type Lost = Pick<
  TransferPlan,
  "as" | "tenant" | "id" | "from" | "erasure" | "authorisation"
>;

/**
 * Writes down that what came with somebody is lost. From here on they are restricted: whoever uses
 * them is told why, until somebody lifts that, or erases them to begin anew.
 *
 * Restricted, and not erased: what is left of them may be all that there is, and what becomes of it
 * is for the controller to decide, who has to tell them.
 *
 * @source GDPR Art. 5(1)(f), 32(1)(c)
 */
export async function loseArrival(
  to: ErasureWorld,
  plan: Lost,
  { tenant, actor }: Caller,
): Promise<void> {
  const { as: subject, id: erasure, from, erasure: certificate } = plan;
  const { facts } = await to.facts.read(subject);
  const { policySeq } = facts;
  const { seq } = facts.gate;
  // A backup from while they were on their way; its act has nobody left to end it.
  const begun = facts.pending.some(({ id }) => id === erasure);
  const row = {
    subject,
    id: to.ids.next("restriction"),
    purpose: null,
    ground: ARRIVAL_LOST,
    since: to.clock.now(),
  };
  const { id: restriction, purpose, ground, since } = row;
  const them = { caller: { subject, tenant, actor }, session: null };
  const authorisation = authorisationFacts(plan.authorisation);
  const gate = seq + (begun ? 2 : 1);
  const entries = [
    ...(begun ? [draft(to, them, "transfer.aborted", { erasure, from })] : []),
    draft(to, them, "transfer.lost", { erasure, from, certificate, authorisation }),
    draft(to, them, "restrict", { restriction, purpose, ground, since, policy: policySeq, gate }),
  ];
  const effects: Effect[] = [
    ...(begun ? [{ kind: "erasure.aborted", subject, id: erasure } as const] : []),
    { kind: "restrict", row },
    { kind: "gate", subject, pending: 0 },
  ];
  const check = { subject, seq, policySeq, notAfter: null };
  const done = await to.audit.record(entries, { check, effects });
  if (done.status === "stale") throw new OubliError("CONFLICT", { erasure });
}
