import type { Draft, Effect, ErasureRow, NodeRef, SubjectFacts } from "#audit";
import type { NodeId, Word } from "#kernel";
import { draft, type Admission, type Caller } from "#memory";
import type { Verb } from "#policy";

import { leaseOf, type ErasureWorld } from "./world.ts";

/** Nodes in one entry, and as many that are held: 80 bytes a pair, of an entry's 65,535. */
const IDS_PER_ENTRY = 700;

type Plan = Pick<ErasureRow, "kind" | "reason" | "nodes" | "held">;

/**
 * Makes an act of destruction inevitable: from here on its nodes are not readable, and if this
 * process dies another one finishes it.
 *
 * Entries, job and gate change in one transaction. The gate check makes sure that nothing came
 * between the facts that the plan rests on (holds among them) and the intent.
 *
 * @param deferred What a hold kept; queued in the same transaction for when it is released.
 */
export async function writeIntent(
  world: ErasureWorld,
  caller: Caller,
  { permit }: Admission<Verb>,
  plan: Plan & Pick<ErasureRow, "remake">,
  deferred: readonly Effect[],
): Promise<ErasureRow | "stale"> {
  const { subject, tenant } = caller;
  const { gateSeq: seq, policySeq } = permit;
  const row = {
    ...plan,
    subject,
    tenant,
    id: world.ids.next("erasure"),
    startedAt: world.clock.now(),
  };
  const drafts = entriesOf(row, seq + 1).map((facts): Draft =>
    draft(world, { caller, session: null }, intentType(row.kind), { ...facts, policy: policySeq }),
  );
  const done = await world.audit.record(drafts, {
    check: { subject, seq, policySeq, notAfter: null },
    effects: [{ kind: "erasure.begin", row, lease: leaseOf(world) }, ...deferred],
  });
  return done.status === "stale" ? "stale" : { ...row, intentIndex: done.index };
}

/**
 * Names more nodes in an act that has its intent: from here on they are as doomed as the planned,
 * and as unreadable.
 *
 * @param facts What the choice rests on; a hold that came since makes the entry stale.
 */
export async function extendIntent(
  world: ErasureWorld,
  caller: Caller,
  { subject, id, reason }: ErasureRow,
  { nodes, facts }: { readonly nodes: readonly NodeRef[]; readonly facts: SubjectFacts },
): Promise<"written" | "stale"> {
  if (nodes.length === 0) return "written";
  const { gate, policySeq } = facts;
  const plan = { id, reason, nodes, kind: "forget", held: [] } as const;
  const drafts = entriesOf(plan, gate.seq + 1).map((entry) =>
    draft(world, { caller, session: null }, "erase.intent", { ...entry, policy: policySeq }),
  );
  const done = await world.audit.record(drafts, {
    check: { subject, seq: gate.seq, policySeq, notAfter: null },
    effects: [{ kind: "erasure.extend", subject, id, nodes: refsOf(nodes) }],
  });
  return done.status === "stale" ? "stale" : "written";
}

/** The ids stand in the ledger, so that a redo and a restore replay exactly this set. */
function entriesOf(
  { id, kind, reason, nodes, held }: Plan & Pick<ErasureRow, "id">,
  gate: number,
): Draft["facts"][] {
  const common = { erasure: id, kind: kind as Word, reason, gate };
  const parts = Math.max(1, Math.ceil(Math.max(nodes?.length ?? 0, held.length) / IDS_PER_ENTRY));
  return Array.from({ length: parts }, (_, part) => ({
    ...common,
    part,
    parts,
    nodes: nodes && refFacts(slice(nodes, part)),
    held: slice(held, part),
  }));
}

function slice<Item>(items: readonly Item[], part: number): readonly Item[] {
  return items.slice(part * IDS_PER_ENTRY, (part + 1) * IDS_PER_ENTRY);
}

function refsOf(nodes: readonly NodeRef[]): readonly NodeRef[] {
  return nodes.map(({ node, revision }) => ({ node, revision }));
}

function refFacts(refs: readonly NodeRef[]): { id: NodeId; revision: number }[] {
  return refs.map(({ node, revision }) => ({ id: node, revision }));
}

function intentType(kind: ErasureRow["kind"]): "correct.intent" | "erase.intent" {
  return kind === "correct" ? "correct.intent" : "erase.intent";
}
