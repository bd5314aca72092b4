import type { NodeId } from "#kernel";

import type { Entry } from "./entry.ts";

/** What one query may see. Everything counted for a query is counted inside its view. */
export interface View {
  readonly size: number;
  /** The mean length in terms; not a number where nothing is in view. */
  readonly termsMean: number;
  sees(entry: Entry): boolean;
  /** How many of these it sees. */
  count(entries: readonly Entry[]): number;
}

export function viewOfAll(size: number, termsTotal: number): View {
  return { size, termsMean: termsTotal / size, sees: () => true, count: ({ length }) => length };
}

/** @param query A number that no other query of this index has. */
export function viewOfAllowed(
  entries: Iterable<Entry>,
  allowed: (id: NodeId) => boolean,
  query: number,
): View {
  let size = 0;
  let termsTotal = 0;
  for (const entry of entries) {
    if (!allowed(entry.id)) continue;
    entry.seenBy = query;
    size++;
    termsTotal += entry.terms.length;
  }
  return {
    size,
    termsMean: termsTotal / size,
    sees: (entry) => entry.seenBy === query,
    count(entries) {
      let seen = 0;
      for (const entry of entries) if (entry.seenBy === query) seen++;
      return seen;
    },
  };
}
