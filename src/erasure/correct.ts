import type { ErasureRow, NodeRef } from "#audit";
import { refuseUnfitHosts } from "#egress";
import { OubliError, type NodeId, type SessionId, type Word } from "#kernel";
import { admitUnseen, plannedNodes, type Admission, type Caller, type NodeRow } from "#memory";
import { withheldBy, type CategoryId } from "#policy";

import { carryOut } from "./carry-out.ts";
import { certify, type Certificate } from "./certificate.ts";
import { fencesOf } from "./fences.ts";
import { splitHeld } from "./holds.ts";
import { writeIntent, type IntentPlan } from "./intent.ts";
import { keptBy } from "./kept-by.ts";
import { sealNext } from "./next-revision.ts";
import { deferHeld, derivedOf, remakesOf } from "./plan.ts";
import { recordAborted } from "./redo-correct.ts";
import { remakeDerived } from "./remake.ts";
import type { ErasureWorld } from "./world.ts";

export interface CorrectCall {
  readonly caller: Caller;
  /** `null` for the person and the privacy officer, who correct by right. */
  readonly purpose: string | null;
  readonly session: SessionId | null;
  readonly node: NodeId;
  readonly content: string;
  readonly reason: Word;
}

export interface Corrected {
  readonly node: NodeId;
  readonly revision: number;
  /** Proof that the old revision can no longer be opened. */
  readonly certificate: Certificate;
}

/**
 * Replaces a memory's content. The old revision's key is destroyed like an erased one's, and what
 * was made from the old content falls with it.
 *
 * @throws {OubliError} `NOT_FOUND` when it is missing or may not be read; `HELD`: a correction
 *   would destroy what a hold keeps.
 * @source GDPR Art. 16, 5(1)(d) (accuracy)
 */
export async function correct(world: ErasureWorld, call: CorrectCall): Promise<Corrected> {
  const { job, next } = await world.turns.take(call.caller.subject, () =>
    intendCorrect(world, call),
  );
  const { executedIndex } = await carryOut(world, call.caller, job);
  await remakeDerived(world, job);
  return { ...next, certificate: await certify(world, executedIndex) };
}

/** Up to the swap: from there on a redo can finish without the new content. */
async function intendCorrect(
  world: ErasureWorld,
  call: CorrectCall,
): Promise<{ readonly job: ErasureRow; readonly next: NodeRef } | "stale"> {
  const { caller, node, content, session } = call;
  const { subject } = caller;
  const admission = await admitUnseen(world, { verb: "correct", ...call });
  const [old] = await world.store.rows(subject, [node]);
  if (!old) throw new OubliError("NOT_FOUND");
  const plan = await planCorrect(world, admission, old, call.reason);

  await refuseUnfitHosts(
    world,
    { ...caller, session: session ?? world.ids.next("session") },
    {
      verb: "correct" as Word,
      purpose: admission.permit.purpose,
      categories: old.categories as readonly CategoryId[],
    },
  );
  const row = await sealNext(world, caller, old, { content, admission, session });
  if (row === "stale") return "stale";
  const next = { node, revision: row.revision };
  const deferred = deferHeld(world, caller, plan, "nodes");
  const job = await writeIntent(world, caller, admission, plan, deferred);
  if (job === "stale") {
    await world.keyring.dropNodeKeys(subject, [next]);
    return "stale";
  }
  const swapped = await world.store.swap({ node, revision: old.revision }, row);
  if (swapped === "swapped") return { job, next };
  await world.keyring.dropNodeKeys(subject, [next]);
  await recordAborted(world, caller, job);
  throw new OubliError(swapped === "fenced" ? "SUBJECT_ERASED" : "CONFLICT");
}

async function planCorrect(
  world: ErasureWorld,
  { permit, known: { facts } }: Admission<"correct">,
  old: NodeRow,
  reason: Word,
): Promise<IntentPlan> {
  const underway = plannedNodes(facts.pending);
  const unseen = old.kind !== "memory" || withheldBy(permit, old, world.clock.now()) !== null;
  if (unseen) throw new OubliError("NOT_FOUND");
  // A correction under way hides it for a moment, an erasure for good.
  const acts = facts.pending.filter(({ nodes }) => nodes?.some(({ node }) => node === old.node));
  if (acts.length > 0) {
    const comesBack = acts.every(
      ({ kind, nodes }) => kind === "correct" && nodes![0]!.node === old.node,
    );
    throw new OubliError(comesBack ? "CONFLICT" : "NOT_FOUND");
  }
  if (splitHeld(facts.holds, [old]).held.length > 0) throw new OubliError("HELD", { nodes: 1 });
  // An edge relates two nodes, not what they say: it stays.
  const derived = await derivedOf(world, old.subject, [old], underway, ["edge"]);
  const { free, held } = splitHeld(facts.holds, derived);
  const nodes = [old, ...free].map(({ node, revision }) => ({ node, revision }));
  // The corrected node remains: what was made from it is made anew from its new text.
  const remake = await remakesOf(world, old.subject, free);
  return {
    kind: "correct",
    reason,
    nodes,
    held: held.map(({ node }) => node),
    keptBy: keptBy(facts.holds, held),
    fences: fencesOf(free, world.clock.now()),
    remake,
  };
}
