import type { ErasureRow } from "#audit";

import type { Shredded } from "./shredded.ts";
import { tableSurfaces, type Surface } from "./surfaces.ts";
import type { ErasureWorld } from "./world.ts";

/** Looks for what should be gone, by other ways than those that removed it. */
export async function probe(
  { store, keyring }: ErasureWorld,
  { subject, kind, nodes, held }: ErasureRow,
  { keys, removed, stragglers }: Shredded,
): Promise<readonly Surface[]> {
  if (nodes === null) {
    const kept = new Set(held);
    const residue = await store.residue(subject, { except: held });
    const alive = await keyring.liveRefs(subject);
    const left = alive.filter(({ node }) => !kept.has(node)).length;
    return [keySurface(keys, left), ...tableSurfaces(removed, residue)];
  }
  const left = (await keyring.nodeKeys(subject, nodes)).size;
  const planned = (kind === "correct" ? nodes.slice(1) : nodes).map(({ node }) => node);
  const residue = await store.residue(subject, { nodes: [...planned, ...stragglers] });
  return [keySurface(keys, left), ...tableSurfaces(removed, residue)];
}

function keySurface(removed: number, found: number): Surface {
  return { surface: "keys", result: "removed", removed, found };
}
