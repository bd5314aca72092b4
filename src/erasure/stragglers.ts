import type { ErasureRow } from "#audit";
import type { NodeId } from "#kernel";

import { splitHeld } from "./holds.ts";
import type { ErasureWorld } from "./world.ts";

/** Nodes made from planned ones that no plan names, as the holds in force now divide them. */
export interface Stragglers {
  readonly free: readonly NodeId[];
  readonly held: readonly NodeId[];
}

/**
 * Asks the holds about nodes that were made while a plan was written. What the plan itself left to
 * a hold comes by here again, and stays held.
 */
export async function splitStragglers(
  { store, facts }: Pick<ErasureWorld, "store" | "facts">,
  { subject, held }: ErasureRow,
  nodes: readonly NodeId[],
): Promise<Stragglers> {
  const known = new Set(held);
  const late = nodes.filter((node) => !known.has(node));
  if (late.length === 0) return { free: [], held: [] };
  const rows = await store.rows(subject, late);
  const split = splitHeld((await facts.read(subject)).facts.holds, rows);
  const kept = new Set(split.held.map(({ node }) => node));
  return { free: late.filter((node) => !kept.has(node)), held: [...kept] };
}

/**
 * What was made from a corrected node's old revision by a call that was under way when the plan
 * was read. The row has its next revision now, so no more can come. Edges stay, as in the plan.
 */
export async function madeFromOld(
  { store }: Pick<ErasureWorld, "store">,
  { subject, nodes }: ErasureRow,
): Promise<readonly NodeId[]> {
  const [corrected, ...planned] = nodes!;
  const known = new Set(planned.map(({ node }) => node));
  const derivations = await store.derivations(subject, { source: corrected!.node });
  const late = derivations
    .filter(({ sourceRevision }) => sourceRevision <= corrected!.revision)
    .map(({ derived }) => derived)
    .filter((node) => !known.has(node));
  if (late.length === 0) return [];
  const rows = await store.rows(subject, [...new Set(late)]);
  return rows.filter(({ kind }) => kind !== "edge").map(({ node }) => node);
}
