import type { Effect, Remake } from "#audit";
import { OubliError, type NodeId, type Word } from "#kernel";
import {
  plannedNodes,
  type Caller,
  type ErasableNode,
  type KnownFacts,
  type NodeKind,
  type NodeMeta,
} from "#memory";

import { fencesOf } from "./fences.ts";
import { splitHeld } from "./holds.ts";
import type { IntentPlan } from "./intent.ts";
import { keptBy } from "./kept-by.ts";
import type { ErasureWorld } from "./world.ts";

/**
 * Plans the destruction of nodes, with everything made from them.
 *
 * @throws {OubliError} `ZERO_SCOPE` when there is nothing to destroy; `HELD` when holds keep all
 *   of it; `CONFLICT` when another act is destroying it now (retryable).
 */
export async function planForget(
  { store, clock }: ErasureWorld,
  { subject }: Caller,
  { facts }: KnownFacts,
  nodes: readonly NodeId[],
): Promise<Omit<IntentPlan, "kind" | "reason">> {
  // What a correction is at is not being destroyed: it may come back, or was never planned.
  const underway = plannedNodes(facts.pending.filter(({ kind }) => kind !== "correct"));
  const asked = await store.erasable(subject, nodes);
  const named = asked.filter(({ node }) => !underway.has(node));
  if (named.length === 0) throw new OubliError(asked.length > 0 ? "CONFLICT" : "ZERO_SCOPE");
  const { free, held } = splitHeld(facts.holds, named);
  const derived = await derivedOf({ store }, subject, free, underway);
  const split = splitHeld(facts.holds, derived);
  if (free.length === 0) throw new OubliError("HELD", { nodes: held.length });
  const planned = [...free, ...split.free];
  const kept = [...held, ...split.held];
  return {
    nodes: planned.map(({ node, revision }) => ({ node, revision })),
    held: kept.map(({ node }) => node),
    keptBy: keptBy(facts.holds, kept),
    fences: fencesOf(planned, clock.now()),
    remake: await remakesOf({ store }, subject, planned),
  };
}

/** Everything made from `nodes`; `except` leaves kinds out. */
export async function derivedOf(
  { store }: Pick<ErasureWorld, "store">,
  subject: Caller["subject"],
  nodes: readonly { readonly node: NodeId }[],
  underway: ReadonlySet<NodeId>,
  except: readonly NodeKind[] = [],
): Promise<readonly ErasableNode[]> {
  const ids = nodes.map(({ node }) => node);
  const named = new Set(ids);
  const heads = await store.madeFrom(subject, ids, except);
  const others = heads.map(({ node }) => node).filter((id) => !named.has(id) && !underway.has(id));
  return others.length === 0 ? [] : store.erasable(subject, others);
}

/** For each derived node with a registered function: what it can be made anew from. */
export async function remakesOf(
  { store }: Pick<ErasureWorld, "store">,
  subject: Caller["subject"],
  planned: readonly NodeMeta[],
): Promise<readonly Remake[]> {
  const gone = new Set(planned.map(({ node }) => node));
  const remakes: Remake[] = [];
  for (const { node, kind, deriver, purposes, session } of planned) {
    if (kind !== "derived" || deriver === null) continue;
    const sources = (await store.derivations(subject, { derived: node }))
      .map(({ source }) => source)
      .filter((source) => !gone.has(source));
    if (sources.length > 0) remakes.push({ deriver, purpose: purposes[0]!, session, sources });
  }
  return remakes;
}

/** What a hold kept is tried again by every sweep, until the hold is released. */
export function deferHeld(
  { ids, clock }: ErasureWorld,
  { subject, tenant }: Caller,
  { reason, held }: { readonly reason: Word; readonly held: readonly NodeId[] },
  scope: "nodes" | "subject",
): readonly Effect[] {
  if (held.length === 0) return [];
  return [
    {
      kind: "queue",
      row: {
        subject,
        tenant,
        reason,
        id: ids.next("erasure"),
        scope: scope === "subject" ? { subject: true } : { nodes: held },
        queuedAt: clock.now(),
      },
    },
  ];
}
