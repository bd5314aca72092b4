import type { EpochMs, Word } from "#kernel";
import { INVENTORY_ROWS_MAX, type InventoryRow } from "#memory";

import type { Account, AccountabilityWorld } from "./world.ts";
import { accountOf } from "./account.ts";

/** What a region holds, of all its controllers' people: numbers alone. */
export interface Inventory extends Account {
  readonly nodes: number;
  readonly byCategory: readonly Counted<"category">[];
  readonly byPurpose: readonly Counted<"purpose">[];
  readonly rows: readonly InventoryRow[];
  /** There are more kinds than were counted. */
  readonly cut: boolean;
}

export type Counted<Of extends string> = { readonly [Name in Of]: Word } & Tally;

export interface Tally {
  readonly nodes: number;
  /** At least so many people: the most that any one kind has. */
  readonly peopleAtLeast: number;
  readonly withoutEnd: number;
  readonly oldest: EpochMs;
  readonly firstEnd: EpochMs | null;
}

/**
 * Counts what there is, by category and by purpose. A node of several is counted in each.
 *
 * Cost: one statement, which reads the readable part of every node.
 */
export async function inventory(world: AccountabilityWorld): Promise<Inventory> {
  const rows = await world.store.inventory();
  return {
    ...accountOf(world),
    nodes: rows.reduce((sum, { nodes }) => sum + nodes, 0),
    byCategory: tallied(rows, "category", ({ categories }) => categories),
    byPurpose: tallied(rows, "purpose", ({ purposes }) => purposes),
    rows,
    cut: rows.length === INVENTORY_ROWS_MAX,
  };
}

function tallied<Of extends string>(
  rows: readonly InventoryRow[],
  name: Of,
  of: (row: InventoryRow) => readonly Word[],
): Counted<Of>[] {
  const tallies = new Map<Word, Tally>();
  for (const row of rows) {
    for (const word of of(row)) tallies.set(word, added(tallies.get(word), row));
  }
  return [...tallies]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, tally]) => ({ [name]: word, ...tally }) as Counted<Of>);
}

function added(tally: Tally | undefined, row: InventoryRow): Tally {
  const ends = [tally?.firstEnd ?? null, row.firstEnd].filter((end) => end !== null);
  return {
    nodes: (tally?.nodes ?? 0) + row.nodes,
    peopleAtLeast: Math.max(tally?.peopleAtLeast ?? 0, row.people),
    withoutEnd: (tally?.withoutEnd ?? 0) + row.withoutEnd,
    oldest: Math.min(tally?.oldest ?? row.oldest, row.oldest) as EpochMs,
    firstEnd: ends.length === 0 ? null : (Math.min(...ends) as EpochMs),
  };
}
