import type { NodeId } from "#kernel";

import type { Rows } from "./rows.ts";

/** What one query may see. Everything counted for a query is counted inside its view. */
export interface View {
  readonly size: number;
  /** The mean length in terms; not a number where nothing is in view. */
  readonly termsMean: number;
  /** 1 in the row of each entry that it sees; `null` where it sees all. */
  readonly seen: Uint8Array | null;
}

export function viewOfAll(size: number, termsTotal: number): View {
  return { size, termsMean: termsTotal / size, seen: null };
}

export function viewOfAllowed({ entries, texts }: Rows, allowed: (id: NodeId) => boolean): View {
  const seen = new Uint8Array(entries.length);
  let size = 0;
  let termsTotal = 0;
  for (const [row, entry] of entries.entries()) {
    if (entry === undefined || !allowed(entry.id)) continue;
    seen[row] = 1;
    size++;
    termsTotal += texts.sizes[row]!;
  }
  return { size, termsMean: termsTotal / size, seen };
}

/** How many of these rows a view sees. */
export function countIn({ seen }: View, rows: readonly number[]): number {
  if (seen === null) return rows.length;
  let count = 0;
  for (const row of rows) count += seen[row]!;
  return count;
}
