import type { ErasureRow } from "#audit";
import { OubliError, type NodeId } from "#kernel";
import type { Caller } from "#memory";

import { fencesOf } from "./fences.ts";
import { splitHeld } from "./holds.ts";
import { extendIntent } from "./intent.ts";
import { keptBy, type KeptBy } from "./kept-by.ts";
import type { ErasureWorld } from "./world.ts";

/** Nodes made from planned ones that no plan names, as the holds in force now divide them. */
export interface Stragglers {
  readonly free: readonly NodeId[];
  readonly held: readonly NodeId[];
  readonly keptBy: readonly KeptBy[];
}

/** So often others may move the gate between two steps: far above what a busy store shows. */
export const TRIES_MAX = 200;

/**
 * Takes nodes into an act that were made while its plan was written, unless a hold keeps them.
 *
 * They are named in the ledger before they are destroyed, under the holds that are in force at
 * that moment: a crash or a restore then finds them there like any planned node. What the plan
 * itself left to a hold comes by here again, and stays held.
 */
export async function takeStragglers(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
  nodes: readonly NodeId[],
): Promise<Stragglers> {
  const known = new Set(job.held);
  const late = nodes.filter((node) => !known.has(node));
  if (late.length === 0) return { free: [], held: [], keptBy: [] };
  const rows = await world.store.erasable(job.subject, late);
  // The act is past its point of no return: however often others move the gate, it goes on.
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { facts } = await world.facts.read(job.subject);
    const { free, held } = splitHeld(facts.holds, rows);
    const fences = fencesOf(free, job.startedAt);
    // Those held need no entry: an act over nodes spares whatever it does not name.
    const extension = { nodes: free, fences, held: [], keptBy: [], facts };
    const written = await extendIntent(world, caller, job, extension);
    if (written === "stale") continue;
    return {
      free: free.map(({ node }) => node),
      held: held.map(({ node }) => node),
      keptBy: keptBy(facts.holds, held),
    };
  }
  throw new OubliError("CONFLICT", { erasure: job.id });
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
