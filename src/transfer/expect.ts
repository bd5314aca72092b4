import type { ErasureRow } from "#audit";
import { leaseOf, type ErasureWorld } from "#erasure";
import { OubliError, type EpochMs } from "#kernel";
import { draft, type Caller } from "#memory";

import { intentFacts, jobOf, registeredThere } from "./intend.ts";
import { progressOf } from "./plan.ts";
import { authorisationFacts, type Regions, type TransferPlan } from "./world.ts";

/**
 * Makes the person known where they go, in three steps: an act that keeps everybody off them, then
 * their name and key. Each may be done again.
 */
export async function expectArrival(
  regions: Regions,
  plan: TransferPlan,
  caller: Caller,
): Promise<ErasureRow> {
  const { to } = regions;
  const job = await begin(to, plan, caller);
  await register(regions, plan, job);
  return job;
}

/** The arrival's act. A second process that begins it finds the gate moved. */
export async function begin(
  to: ErasureWorld,
  plan: TransferPlan,
  { actor }: Caller,
): Promise<ErasureRow> {
  const { as: subject, tenant, id } = plan;
  const { facts } = await to.facts.read(subject);
  const begun = facts.pending.find((job) => job.id === id);
  if (begun) return begun;
  const row = jobOf(plan, subject, "arrival", to.clock.now());
  const entry = draft(
    to,
    { caller: { subject, tenant, actor }, session: null },
    "transfer.expected",
    {
      ...intentFacts(row, 1),
      from: plan.from,
      certificate: plan.erasure,
      authorisation: authorisationFacts(plan.authorisation),
      policy: facts.policySeq,
    },
  );
  const done = await to.audit.record(entry, {
    check: { subject, seq: 0, policySeq: facts.policySeq, notAfter: null },
    effects: [{ kind: "erasure.begin", row, lease: leaseOf(to) }],
  });
  if (done.status === "stale") throw new OubliError("CONFLICT", { erasure: id });
  return { ...row, intentIndex: done.index };
}

async function register(
  { from, to }: Regions,
  plan: TransferPlan,
  { intentIndex, startedAt }: ErasureRow,
): Promise<void> {
  // Undone before, as the keys tell, and the ledger there has lost it: nothing would be copied.
  const fences = await to.keyring.fences(plan.as);
  if (fences.some(({ key }) => key === "*")) throw new OubliError("SUBJECT_ERASED");
  const name = await from.keyring.externalIdOf(plan.subject);
  if (name === null) throw new OubliError("CONFLICT", { erasure: plan.id });
  const { subject } = await to.keyring.register(plan.tenant, name, plan.as);
  if (subject !== plan.as) throw registeredThere();
  // Another process may have undone it, and destroyed the name before it was put here.
  if ((await progressOf(to, plan)) === "aborted") {
    await unregister(to, plan, { ledgerIndex: intentIndex, at: startedAt });
    throw new OubliError("CONFLICT", { erasure: plan.id });
  }
}

async function unregister(
  { keyring }: ErasureWorld,
  { as }: TransferPlan,
  order: { readonly ledgerIndex: number; readonly at: EpochMs },
): Promise<void> {
  await keyring.shredSubject(as, order);
  await keyring.forgetDirectoryRow(as);
}
