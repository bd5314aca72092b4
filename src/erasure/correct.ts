import type { ErasureRow, NodeRef } from "#audit";
import { OubliError, type NodeId, type SessionId, type Word } from "#kernel";
import { keyName } from "#keys";
import {
  admit,
  draft,
  openRow,
  plannedNodes,
  sealBody,
  sealVector,
  untilUnmoved,
  type Admission,
  type Caller,
  type NodeRow,
} from "#memory";
import { withheldBy, type CategoryId } from "#policy";

import { carryOut } from "./carry-out.ts";
import { certify, type Certificate } from "./certificate.ts";
import { splitHeld } from "./holds.ts";
import { writeIntent } from "./intent.ts";
import { derivedOf, remakesOf } from "./plan.ts";
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
  const job = await untilUnmoved(() => intendCorrect(world, call));
  const { executedIndex } = await carryOut(world, call.caller, job);
  await remakeDerived(world, call.caller, job.remake);
  const [{ node, revision }] = job.nodes as [NodeRef];
  return { node, revision: revision + 1, certificate: await certify(world, executedIndex) };
}

/** Up to the swap: from there on a redo can finish without the new content. */
async function intendCorrect(
  world: ErasureWorld,
  call: CorrectCall,
): Promise<ErasureRow | "stale"> {
  const { caller, node } = call;
  const { subject } = caller;
  const [old] = await world.store.rows(subject, [node]);
  if (!old) throw new OubliError("NOT_FOUND");
  const categories = old.categories as readonly string[] as readonly CategoryId[];
  const admission = await admit(world, { verb: "correct", ...call, categories });
  const plan = await planCorrect(world, admission, old, call.reason);

  const next = { node, revision: old.revision + 1 };
  const row = await sealNext(world, call, old, next);
  const job = await writeIntent(world, caller, admission, plan, []);
  if (job === "stale") {
    await world.keyring.dropNodeKeys(subject, [next]);
    return "stale";
  }
  const swapped = await world.store.swap({ node, revision: old.revision }, row);
  if (swapped === "swapped") return job;
  await abortCorrect(world, caller, job);
  throw new OubliError(swapped === "fenced" ? "SUBJECT_ERASED" : "CONFLICT");
}

async function planCorrect(
  world: ErasureWorld,
  { permit, known: { facts } }: Admission<"correct">,
  old: NodeRow,
  reason: Word,
): Promise<Pick<ErasureRow, "kind" | "reason" | "nodes" | "held" | "remake">> {
  const underway = plannedNodes(facts.pending);
  const unseen = underway.has(old.node) || withheldBy(permit, old, world.clock.now()) !== null;
  if (unseen || old.kind !== "memory") throw new OubliError("NOT_FOUND");
  if (splitHeld(facts.holds, [old]).held.length > 0) throw new OubliError("HELD", { nodes: 1 });
  // An edge relates two nodes, not what they say: it stays.
  const derived = await derivedOf(world, old.subject, [old], underway, ["edge"]);
  const { free, held } = splitHeld(facts.holds, derived);
  const nodes = [old, ...free].map(({ node, revision }) => ({ node, revision }));
  // The corrected node remains: what was made from it is made anew from its new text.
  const remake = await remakesOf(world, old.subject, free);
  return { kind: "correct", reason, nodes, held: held.map(({ node }) => node), remake };
}

async function sealNext(
  world: ErasureWorld,
  { caller, content }: CorrectCall,
  old: NodeRow,
  next: NodeRef,
): Promise<NodeRow> {
  const { keyring, embedder, region, clock } = world;
  const keys = await keyring.nodeKeys(caller.subject, [old]);
  const oldKey = keys.get(keyName(old));
  if (!oldKey) throw new OubliError("NOT_FOUND");
  const place = { ...caller, region, ...next };
  const body = openRow(oldKey, place, old);
  const [vector] = embedder ? await embedder.embed([content]) : [];
  const [key] = await keyring.mintNodeKeys(caller.subject, [next]);
  return {
    ...old,
    revision: next.revision,
    updatedAt: clock.now(),
    body: sealBody(key!, place, { ...body, content }),
    embedding: vector ? sealVector(key!, place, vector) : null,
  };
}

/**
 * Finishes a correction that a crash interrupted. If its row was swapped, the new content is
 * there and the old key goes; if not, the new content is lost with the process, the correction
 * was never acknowledged, and it is undone.
 */
export async function redoCorrect(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<void> {
  const [{ node, revision }] = job.nodes as [NodeRef];
  const [row] = await world.store.rows(caller.subject, [node]);
  if (row && row.revision === revision) return abortCorrect(world, caller, job);
  await carryOut(world, caller, job);
  await remakeDerived(world, caller, job.remake);
}

async function abortCorrect(world: ErasureWorld, caller: Caller, job: ErasureRow): Promise<void> {
  const { subject, id } = job;
  const [{ node, revision }] = job.nodes as [NodeRef];
  await world.keyring.dropNodeKeys(subject, [{ node, revision: revision + 1 }]);
  const facts = { erasure: id, intent: job.intentIndex };
  const entry = draft(world, { caller, session: null }, "correct.aborted", facts);
  await world.audit.record(entry, { effects: [{ kind: "erasure.aborted", subject, id }] });
}
