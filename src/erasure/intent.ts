import type { Draft, Effect, ErasureRow, NodeRef, ReplayFence, SubjectFacts } from "#audit";
import type { NodeId, Word } from "#kernel";
import { draft, type Admission, type Caller } from "#memory";
import type { Verb } from "#policy";

import { HOLDS_NAMED_MAX, type KeptBy } from "./kept-by.ts";
import { leaseOf, type ErasureWorld } from "./world.ts";

/** Nodes in one entry, and as many that are held: 80 bytes a pair, of an entry's 65,535. */
const IDS_PER_ENTRY = 700;

/** What an intent says in the ledger. */
interface Plan extends Pick<ErasureRow, "kind" | "reason" | "nodes" | "held"> {
  readonly keptBy: readonly KeptBy[];
}

/** What an act of destruction sets out to do. */
export interface IntentPlan extends Plan, Pick<ErasureRow, "remake"> {
  /** Default: a new one. */
  readonly id?: ErasureRow["id"];
  /** Of what the planned nodes told. */
  readonly fences: readonly ReplayFence[];
}

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
  { keptBy, fences, ...plan }: IntentPlan,
  deferred: readonly Effect[],
): Promise<ErasureRow | "stale"> {
  const { subject, tenant } = caller;
  const { gateSeq: seq, policySeq } = permit;
  const row = {
    ...plan,
    subject,
    tenant,
    id: plan.id ?? world.ids.next("erasure"),
    startedAt: world.clock.now(),
  };
  const facts = { gate: seq + 1, policy: policySeq, startedAt: row.startedAt };
  const drafts = entriesOf({ ...row, keptBy }, facts).map((part): Draft =>
    draft(world, { caller, session: null }, intentType(row.kind), part),
  );
  const done = await world.audit.record(drafts, {
    check: { subject, seq, policySeq, notAfter: null },
    effects: [
      { kind: "erasure.begin", row, lease: leaseOf(world) },
      ...fenceEffects(fences),
      ...deferred,
    ],
  });
  return done.status === "stale" ? "stale" : { ...row, intentIndex: done.index };
}

export interface Extension {
  /** As doomed as the planned from here on, and as unreadable. */
  readonly nodes: readonly NodeRef[];
  readonly fences: readonly ReplayFence[];
  /** Spared, as those that the plan itself left to a hold. */
  readonly held: readonly NodeId[];
  readonly keptBy: readonly KeptBy[];
  /** What the choice rests on; a hold that came since makes the entry stale. */
  readonly facts: SubjectFacts;
}

/** Names more nodes in an act that has its intent: those it takes in, and those it spares. */
export async function extendIntent(
  world: ErasureWorld,
  caller: Caller,
  { subject, id, reason, nodes: planned, intentIndex }: ErasureRow,
  { nodes, fences, held, keptBy, facts: { gate, policySeq } }: Extension,
  deferred: readonly Effect[] = [],
): Promise<"written" | "stale"> {
  if (nodes.length === 0 && held.length === 0) return "written";
  const whole = planned === null;
  const kind = whole ? "erase" : "forget";
  const plan = { id, reason, kind, nodes: whole ? null : nodes, held, keptBy } as const;
  const facts = { gate: gate.seq + 1, policy: policySeq, extends: intentIndex };
  const drafts = entriesOf(plan, facts).map((part) =>
    draft(world, { caller, session: null }, "erase.intent", part),
  );
  const done = await world.audit.record(drafts, {
    check: { subject, seq: gate.seq, policySeq, notAfter: null },
    effects: [
      { kind: "erasure.extend", subject, id, nodes: refsOf(nodes), held },
      ...fenceEffects(fences),
      ...deferred,
    ],
  });
  return done.status === "stale" ? "stale" : "written";
}

function fenceEffects(fences: readonly ReplayFence[]): readonly Effect[] {
  return fences.length === 0 ? [] : [{ kind: "replay.fence", fences }];
}

/** The ids stand in the ledger, so that a redo and a restore replay exactly this set. */
function entriesOf(
  { id, kind, reason, nodes, held, keptBy }: Plan & Pick<ErasureRow, "id">,
  facts: Draft["facts"],
): Draft["facts"][] {
  const common = { erasure: id, kind: kind as Word, reason, ...facts };
  const parts = Math.max(1, Math.ceil(Math.max(nodes?.length ?? 0, held.length) / IDS_PER_ENTRY));
  return Array.from({ length: parts }, (_, part) => ({
    ...common,
    part,
    parts,
    nodes: nodes && refFacts(slice(nodes, part)),
    held: slice(held, part),
    // Each hold is counted once for the whole act.
    ...(part === 0 && keptBy.length > 0 ? { keptBy: keptBy.slice(0, HOLDS_NAMED_MAX) } : {}),
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
