import { readEntry, storedEntries, type ErasureRow, type HoldRow } from "#audit";
import type { HoldId, Word } from "#kernel";
import type { NodeMeta } from "#memory";

import { isHeld } from "./holds.ts";
import type { ErasureWorld } from "./world.ts";

/** Why something was not destroyed: a hold, its reason, and how many nodes it kept. */
export type KeptBy = {
  readonly hold: HoldId;
  /** A code. The case is sealed, and stays with the hold. */
  readonly reason: Word;
  readonly nodes: number;
};

/** Holds in one entry, about 100 bytes each. Of a person who has more, the first are named. */
export const HOLDS_NAMED_MAX = 50;

/** A node that several holds keep counts for each of them. */
export function keptBy(
  holds: readonly HoldRow[],
  held: readonly Pick<NodeMeta, "node" | "categories" | "purposes">[],
): readonly KeptBy[] {
  return holds
    .map((hold) => ({
      hold: hold.id,
      reason: hold.reason,
      nodes: held.filter((node) => isHeld(hold, node)).length,
    }))
    .filter(({ nodes }) => nodes > 0);
}

export function addKept(counts: readonly KeptBy[]): readonly KeptBy[] {
  const sums = new Map<HoldId, KeptBy>();
  for (const count of counts) {
    const nodes = (sums.get(count.hold)?.nodes ?? 0) + count.nodes;
    sums.set(count.hold, { ...count, nodes });
  }
  return [...sums.values()].slice(0, HOLDS_NAMED_MAX);
}

/**
 * What kept the held nodes of an act, as its intents said when they spared them: a hold may be
 * released before the act is done. Cost: none where nothing is held.
 */
export async function keptByIntents(
  { audit }: Pick<ErasureWorld, "audit">,
  { subject, id, intentIndex, held }: ErasureRow,
): Promise<readonly KeptBy[]> {
  if (held.length === 0) return [];
  const told: KeptBy[] = [];
  const range = { from: intentIndex, subject };
  for await (const { bytes, type } of storedEntries(audit.store, "ledger", range)) {
    if (bytes === null || !type.endsWith(".intent")) continue;
    const entry = readEntry(bytes);
    if (entry["erasure"] === id) told.push(...((entry["keptBy"] ?? []) as readonly KeptBy[]));
  }
  return told;
}
