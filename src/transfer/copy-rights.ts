import type { ConsentRow, Draft, Effect } from "#audit";
import { isOubliError, OubliError } from "#kernel";
import { draft, type Caller } from "#memory";

import type { Left, TransferPlan } from "./world.ts";

/**
 * Writes what the person said, and what is restricted, into the ledger of their next region: each
 * record with the id, the times and the evidence that it had. Their history begins where it began.
 */
export async function copyRights(
  regions: Left,
  plan: TransferPlan,
  caller: Caller,
): Promise<{ readonly consents: number; readonly restrictions: number }> {
  const { from, to } = regions;
  const consents = await from.audit.store.consents(plan.subject);
  const sealed = await from.audit.store.consentEvidence(plan.subject);
  const there = new Set((await to.audit.store.consents(plan.as)).map(({ id }) => id));
  for (const { index: _, ...row } of consents) {
    if (there.has(row.id)) continue;
    const evidence = await resealed(regions, plan, row.id, sealed.get(row.id) ?? null);
    const copy = { ...row, subject: plan.as };
    const t = row.granted ? "consent.grant" : "consent.withdraw";
    await write(regions, plan, caller, t, consentFacts(copy), {
      kind: "consent",
      row: copy,
      evidence,
    });
  }
  const { restrictions } = await from.audit.store.facts(plan.subject);
  const restricted = await to.audit.store.facts(plan.as);
  const known = new Set(restricted.restrictions.map(({ id }) => id));
  for (const row of restrictions) {
    if (known.has(row.id)) continue;
    const { id, purpose, ground, since } = row;
    await write(
      regions,
      plan,
      caller,
      "restrict",
      { restriction: id, purpose, ground, since },
      {
        kind: "restrict",
        row: { ...row, subject: plan.as },
      },
    );
  }
  return { consents: consents.length, restrictions: restrictions.length };
}

function consentFacts(row: Omit<ConsentRow, "index">): Draft["facts"] {
  const { id, purpose, explicit, collectedAt, validUntil, policyVersion, mechanism, language } =
    row;
  const said = { purpose, explicit, collectedAt, validUntil };
  return { consent: id, ...said, policyVersion, mechanism, language };
}

/** `null` also where its retention ended. */
async function resealed(
  { from, to }: Left,
  { subject, as }: TransferPlan,
  record: ConsentRow["id"],
  sealed: Uint8Array | null,
): Promise<Uint8Array | null> {
  if (sealed === null) return null;
  try {
    const evidence = await from.keyring.openEvidence(subject, record, sealed);
    return await to.keyring.sealEvidence(as, record, evidence);
  } catch (error) {
    if (isOubliError(error, "KEY_SHREDDED")) return null;
    throw error;
  }
}

async function write(
  { to }: Left,
  { as: subject, tenant, id, from }: TransferPlan,
  { actor }: Caller,
  t: "consent.grant" | "consent.withdraw" | "restrict",
  facts: Draft["facts"],
  effect: Effect,
): Promise<void> {
  const { seq, policySeq } = await to.audit.store.gate(subject);
  const said = { ...facts, transfer: id, from, policy: policySeq, gate: seq + 1 };
  const caller = { subject, tenant, actor };
  const done = await to.audit.record(draft(to, { caller, session: null }, t, said), {
    check: { subject, seq, policySeq, notAfter: null },
    effects: [effect, { kind: "gate", subject, pending: 0 }],
  });
  if (done.status === "stale") throw new OubliError("CONFLICT", { erasure: id });
}
