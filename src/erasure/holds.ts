import { nodesDigest, type HoldRow } from "#audit";
import { OubliError, type HoldId, type NodeId, type SubjectId, type Word } from "#kernel";
import { admit, draft, NODE_KINDS, type Caller, type NodeMeta } from "#memory";
import { assertDeclared } from "#policy";

import { sealCase, type Hold } from "./hold-case.ts";
import type { ErasureWorld } from "./world.ts";

export interface HoldInput {
  /** The case it belongs to, in the court's words. Sealed. */
  readonly case: string;
  readonly reason: Word;
  /** Narrows the hold; all `null` holds the whole subject. */
  readonly nodes: readonly NodeId[] | null;
  readonly category: Word | null;
  readonly purpose: Word | null;
}

/**
 * Keeps records from destruction until the hold is released. It beats every destructive path.
 *
 * @throws {OubliError} `PURPOSE_UNKNOWN`; `NOT_FOUND` when none of the named nodes is there. A hold
 *   that keeps nothing would be found out after the loss.
 * @source GDPR Art. 17(3)(e) (legal claims), 18(1)(c)
 */
export function placeHold(world: ErasureWorld, caller: Caller, input: HoldInput): Promise<Hold> {
  return world.turns.take(caller.subject, async () => {
    const admission = await admit(world, { verb: "hold", caller, purpose: null, session: null });
    const { subject } = caller;
    await refuseEmpty(world, caller, input);
    const hold = { ...input, subject, id: world.ids.next("hold"), since: world.clock.now() };
    const row = { ...hold, case: await sealCase(world, hold, hold.case) };
    const { gateSeq: seq, policySeq } = admission.permit;
    const entry = draft(world, { caller, session: null }, "hold.place", {
      hold: row.id,
      case: row.case,
      reason: row.reason,
      nodes: row.nodes?.length ?? null,
      nodesDigest: nodesDigest(row.nodes),
      category: row.category,
      purpose: row.purpose,
      since: row.since,
      gate: seq + 1,
    });
    const done = await world.audit.record(entry, {
      check: { subject, seq, policySeq, notAfter: null },
      effects: [
        { kind: "hold", row },
        { kind: "gate", subject, pending: 0 },
      ],
    });
    return done.status === "stale" ? "stale" : hold;
  });
}

async function refuseEmpty(
  { policy, store }: ErasureWorld,
  { subject }: Caller,
  { nodes, purpose }: HoldInput,
): Promise<void> {
  if (purpose !== null) assertDeclared(policy, purpose);
  if (nodes !== null && (await store.rows(subject, nodes)).length === 0) {
    throw new OubliError("NOT_FOUND");
  }
}

/** Ends a hold. What it deferred is queued already, and runs with the next sweep. */
export function releaseHold(world: ErasureWorld, caller: Caller, id: HoldId): Promise<void> {
  return world.turns.take(caller.subject, async () => {
    const admission = await admit(world, { verb: "release", caller, purpose: null, session: null });
    const { subject } = caller;
    const { gateSeq: seq, policySeq } = admission.permit;
    const held = admission.known.facts.holds.find((hold) => hold.id === id);
    if (!held) throw new OubliError("NOT_FOUND");
    const facts = { hold: id, case: held.case, gate: seq + 1 };
    const entry = draft(world, { caller, session: null }, "hold.release", facts);
    const done = await world.audit.record(entry, {
      check: { subject, seq, policySeq, notAfter: null },
      effects: [
        { kind: "hold.release", subject, id },
        { kind: "gate", subject, pending: 0 },
      ],
    });
    return done.status === "stale" ? "stale" : undefined;
  });
}

type Holdable = Pick<NodeMeta, "node" | "categories" | "purposes">;

/**
 * The one choke point of destruction: forget, erase, sweep and withdrawal all ask it what a hold
 * keeps. Its answer is checked again by the intent, which fails when a hold came meanwhile.
 */
export function splitHeld<Node extends Holdable>(
  holds: readonly HoldRow[],
  nodes: readonly Node[],
): { readonly free: readonly Node[]; readonly held: readonly Node[] } {
  const held = nodes.filter((node) => holds.some((hold) => isHeld(hold, node)));
  const kept = new Set(held);
  return { free: nodes.filter((node) => !kept.has(node)), held };
}

/** Whether a hold keeps a node. */
export function isHeld({ nodes, category, purpose }: HoldRow, node: Holdable): boolean {
  return (
    (nodes === null || nodes.includes(node.node)) &&
    (category === null || node.categories.includes(category)) &&
    (purpose === null || node.purposes.includes(purpose))
  );
}

const PAGE = 1000;

/** The nodes of a subject that holds keep. Looks through them only if there is a hold at all. */
export async function heldNodes(
  { store }: Pick<ErasureWorld, "store">,
  subject: SubjectId,
  holds: readonly HoldRow[],
): Promise<readonly NodeMeta[]> {
  if (holds.length === 0) return [];
  const filter = { kinds: NODE_KINDS };
  const held: NodeMeta[] = [];
  for (let after: NodeMeta | null = null; ;) {
    const page = await store.list(subject, filter, { after, limit: PAGE });
    held.push(...splitHeld(holds, page).held);
    after = page.at(-1) ?? null;
    if (page.length < PAGE) return held;
  }
}
