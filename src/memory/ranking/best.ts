import type { NodeId } from "#kernel";

import type { Entry } from "./entry.ts";
import type { Rows } from "./rows.ts";

export interface Ranked {
  readonly id: NodeId;
  /** 0 and up: about 1 says every word of the question; context and a named speaker add to it. */
  readonly score: number;
}

/** Of two entries with one score, whether `left` ranks first: the newer, the later told, then id. */
function breaksTie(left: Entry, right: Entry): boolean {
  if (left.createdAt !== right.createdAt) return left.createdAt > right.createdAt;
  if (left.position !== right.position) return left.position > right.position;
  return left.id < right.id;
}

/** The best `limit` of these rows in order. Cost: one pass; few of many are ever moved. */
export function bestOf(candidates: readonly number[], rows: Rows, limit: number): Ranked[] {
  if (limit <= 0) return [];
  const { scores } = rows.columns;
  const ranksBefore = (left: number, right: number): boolean =>
    scores[left] === scores[right]
      ? breaksTie(rows.entries[left]!, rows.entries[right]!)
      : scores[left]! > scores[right]!;
  const best: number[] = [];
  let least = -Infinity;
  for (const row of candidates) {
    if (scores[row]! < least) continue;
    if (best.length >= limit) {
      if (!ranksBefore(row, best[limit - 1]!)) continue;
      best.pop();
    }
    let place = best.length;
    while (place > 0 && ranksBefore(row, best[place - 1]!)) place--;
    best.splice(place, 0, row);
    if (best.length === limit) least = scores[best[limit - 1]!]!;
  }
  return best.map((row) => ({ id: rows.entries[row]!.id, score: scores[row]! }));
}
