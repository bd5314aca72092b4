import type { ErasureRow } from "#audit";
import { leaseOf, runQueue, type ErasureWorld } from "#erasure";
import { OubliError, word, type SubjectId, type Word } from "#kernel";
import { admit, draft, NODE_KINDS, type Admission, type Caller, type NodeMeta } from "#memory";
import { decideTransfer, type CategoryId } from "#policy";

import { planOf } from "./plan.ts";
import {
  authorisationFacts,
  type Authorisation,
  type Regions,
  type TransferPlan,
} from "./world.ts";

export interface TransferCall {
  readonly caller: Caller;
  readonly authorisation: Authorisation;
}

export interface Intended {
  readonly job: ErasureRow;
  readonly plan: TransferPlan;
}

/**
 * Makes a transfer known: from here on nobody reads or writes the person in either region, until
 * they are in the other one or the transfer is undone.
 *
 * @throws {OubliError} `HELD`: a hold keeps its records where they are; `TRANSFER_REFUSED`;
 *   `CONFLICT` while another act is at it; `SUBJECT_ERASED`.
 */
export async function intendTransfer(regions: Regions, call: TransferCall): Promise<Intended> {
  const { from } = regions;
  const { caller } = call;
  await leave(from, caller);
  // What rested on a withdrawn consent is destroyed, and does not travel.
  await runQueue(from, caller.subject);
  return from.turns.take(caller.subject, async () => {
    const admission = await leave(from, caller);
    const begun = admission.known.facts.pending.find(({ kind }) => kind === "transfer");
    return begun ? resumable(regions, begun) : intendOnce(regions, call, admission);
  });
}

function leave(from: ErasureWorld, caller: Caller): Promise<Admission<"transfer">> {
  return admit(from, { verb: "transfer", caller, purpose: null, session: null });
}

/** A call that is made again goes on with what it began. */
async function resumable({ from, to }: Regions, job: ErasureRow): Promise<Intended> {
  const plan = await planOf(from, job);
  if (plan.to !== to.region) throw new OubliError("CONFLICT");
  return { job, plan };
}

async function intendOnce(
  { from, to }: Regions,
  { caller, authorisation }: TransferCall,
  { permit, known: { facts } }: Admission<"transfer">,
): Promise<Intended | "stale"> {
  const { subject, tenant } = caller;
  if (facts.erased) throw new OubliError("SUBJECT_ERASED");
  if (facts.pending.length > 0) throw new OubliError("CONFLICT");
  if (facts.holds.length > 0) throw new OubliError("HELD");
  await refuseContent({ from, to }, subject, authorisation);
  await refuseKnown({ from, to }, caller);

  const { ids, clock, audit } = from;
  const plan: TransferPlan = {
    id: ids.next("erasure"),
    tenant,
    from: from.region,
    to: to.region,
    subject,
    as: ids.next("subject"),
    erasure: ids.next("erasure"),
    authorisation,
  };
  const row = jobOf(plan, subject, "transfer", clock.now());
  const { gateSeq: seq, policySeq } = permit;
  const entry = draft(from, { caller, session: null }, "transfer.intent", {
    ...intentFacts(row, seq + 1),
    to: plan.to,
    as: plan.as,
    certificate: plan.erasure,
    authorisation: authorisationFacts(authorisation),
    policy: policySeq,
  });
  const done = await audit.record(entry, {
    check: { subject, seq, policySeq, notAfter: authorisation.expires },
    effects: [{ kind: "erasure.begin", row, lease: leaseOf(from) }],
  });
  return done.status === "stale" ? "stale" : { job: { ...row, intentIndex: done.index }, plan };
}

const REASON = word("transfer");

/** A transfer, or an arrival, as an act that is under way. */
export function jobOf(
  { id, tenant }: TransferPlan,
  subject: SubjectId,
  kind: "transfer" | "arrival",
  startedAt: ErasureRow["startedAt"],
): Omit<ErasureRow, "intentIndex"> {
  return {
    subject,
    id,
    tenant,
    kind,
    reason: REASON,
    nodes: null,
    held: [],
    remake: [],
    startedAt,
  };
}

/** What every intent says, in the words that the check of the gates reads. */
export function intentFacts(
  { id, kind, reason, startedAt }: Pick<ErasureRow, "id" | "kind" | "reason" | "startedAt">,
  gate: number,
) {
  return {
    erasure: id,
    kind: kind as Word,
    reason,
    nodes: null,
    held: [],
    part: 0,
    parts: 1,
    startedAt,
    gate,
  };
}

const PAGE = 1000;

/**
 * @throws {OubliError} `TRANSFER_REFUSED` for what the person has and the authorisation, or a pack,
 *   does not let go.
 */
export async function refuseContent(
  regions: Regions,
  subject: SubjectId,
  authorisation: Authorisation,
): Promise<void> {
  const categories = new Set<CategoryId>();
  let phi = false;
  const filter = { kinds: NODE_KINDS };
  for (let after: NodeMeta | null = null; ;) {
    const page = await regions.from.store.list(subject, filter, { after, limit: PAGE });
    for (const meta of page) {
      phi ||= meta.phi;
      for (const id of meta.categories) categories.add(id as string as CategoryId);
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE) break;
  }
  const refused = refusalOf(regions, authorisation, { categories: [...categories].sort(), phi });
  if (refused === null) return;
  throw new OubliError("TRANSFER_REFUSED", {
    reason: word(refused.reason),
    ...(refused.categories.length === 0
      ? {}
      : { categories: refused.categories as readonly string[] as readonly Word[] }),
  });
}

/** Why content may not leave by this authorisation, now; `null`: it may. */
export function refusalOf(
  { from, to }: Regions,
  { mechanism, expires, scope }: Authorisation,
  content: { readonly categories: readonly CategoryId[]; readonly phi: boolean },
): ReturnType<typeof decideTransfer> {
  const place = { from: from.region, to: to.region, at: from.clock.now() };
  return decideTransfer({ ...place, mechanism, expires, scope, ...content }, from.policy);
}

/** One name is one person: two that were registered apart are not made one by a transfer. */
async function refuseKnown({ from, to }: Regions, { subject, tenant }: Caller): Promise<void> {
  const name = await from.keyring.externalIdOf(subject);
  if (name === null) throw new OubliError("NOT_FOUND");
  if ((await to.keyring.find(tenant, name)) !== null) throw registeredThere();
}

export function registeredThere(): OubliError {
  return new OubliError("TRANSFER_REFUSED", { reason: word("registered-there") });
}
