import type { Effect } from "#audit";
import { OubliError, type EpochMs, type Word } from "#kernel";
import { draft, type Caller } from "#memory";

import { copyNodes } from "./copy-nodes.ts";
import { copyRights } from "./copy-rights.ts";
import { whoseOf } from "./dealings.ts";
import { begin, expectArrival } from "./expect.ts";
import { refuseContent } from "./intend.ts";
import { authorisationFacts, type Left, type Regions, type TransferPlan } from "./world.ts";

/**
 * Brings the person into their next region. Each step may be done again; the last one, `transfer.in`,
 * is the point of no return: before it the transfer can be undone, from it on they are there.
 *
 * @throws {OubliError} `TRANSFER_REFUSED` where what came behind the intent may not leave, or the
 *   authorisation ran out meanwhile; `CONFLICT`.
 */
export async function arrive(regions: Regions, plan: TransferPlan, caller: Caller): Promise<void> {
  await expectArrival(regions, plan, caller);
  const { left } = await copyNodes(regions, plan);
  const rights = await copyRights(regions, plan, caller);
  await refuseContent(regions, plan.subject, plan.authorisation);
  if (left > 0) throw new OubliError("CONFLICT", { erasure: plan.id });
  await recordArrival(regions, plan, caller, { rights, notAfter: plan.authorisation.expires });
}

/**
 * Tells once more of an arrival whose entries are lost, where keys and memories stand: they hold all
 * that came, since the region they left erased them only after that. Consents and restrictions are
 * those that they came with.
 */
export async function arriveAgain(left: Left, plan: TransferPlan, caller: Caller): Promise<void> {
  await begin(left.to, plan, caller);
  const rights = await copyRights(left, plan, caller);
  await recordArrival(left, plan, caller, { rights, notAfter: null, again: true });
}

interface Recorded {
  readonly rights: Awaited<ReturnType<typeof copyRights>>;
  readonly notAfter: EpochMs | null;
  readonly again?: true;
}

async function recordArrival(
  regions: Left,
  plan: TransferPlan,
  caller: Caller,
  { rights, notAfter, ...told }: Recorded,
): Promise<void> {
  const { from, to } = regions;
  const waiting = await waitingOf(regions, plan);
  const { memory, derived, block, edge } = await to.store.count(plan.as);
  const { as: subject, tenant, id, authorisation } = plan;
  const { seq, policySeq } = await to.audit.store.gate(subject);
  const them = { caller: { subject, tenant, actor: caller.actor }, session: null };
  const entry = draft(to, them, "transfer.in", {
    erasure: id,
    from: from.region,
    whose: whoseOf(plan.subject),
    certificate: plan.erasure,
    authorisation: authorisationFacts(authorisation),
    ...told,
    scope: { nodes: memory + derived + block + edge, ...rights },
    waiting: waiting.map(({ reason, purpose }) => ({ reason, purpose })),
    gate: seq + 1,
  });
  const queue = waiting.map(({ reason, purpose, queuedAt }): Effect => {
    const row = { subject, id: to.ids.next("erasure"), tenant, reason, queuedAt };
    return { kind: "queue", row: { ...row, scope: { purpose } } };
  });
  // Checked against the gate, which whoever undoes the transfer moves: only one of both succeeds.
  const done = await to.audit.record(entry, {
    check: { subject, seq, policySeq, notAfter },
    effects: [{ kind: "erasure.aborted", subject, id }, ...queue],
  });
  if (done.status === "stale") throw new OubliError("CONFLICT", { erasure: id });
}

const QUEUE_PAGE = 1000;

/** Erasures of withdrawn consents that look once more, for a write that was under way. */
async function waitingOf(
  { from }: Left,
  { subject }: TransferPlan,
): Promise<
  readonly { readonly reason: Word; readonly purpose: Word; readonly queuedAt: EpochMs }[]
> {
  const page = { after: null, limit: QUEUE_PAGE, subject };
  const queued = await from.audit.store.queued(page);
  return queued.flatMap((row) =>
    "scope" in row && "purpose" in row.scope
      ? [{ reason: row.reason, purpose: row.scope.purpose, queuedAt: row.queuedAt }]
      : [],
  );
}
