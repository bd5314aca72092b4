import type { NodeId } from "#kernel";

import type { Entry } from "./entry.ts";

export interface Ranked {
  readonly id: NodeId;
  /** 0 and up: about 1 says every word of the question; context and a named speaker add to it. */
  readonly score: number;
}

/** Whether `left` ranks before `right`: by score, the newer, the later told, then id. Never a draw. */
export function ranksBefore(left: Entry, right: Entry): boolean {
  if (left.score !== right.score) return left.score > right.score;
  if (left.createdAt !== right.createdAt) return left.createdAt > right.createdAt;
  if (left.position !== right.position) return left.position > right.position;
  return left.id < right.id;
}

/** The best `limit` entries in order. Cost: one pass; few of many are ever moved. */
export function bestOf(entries: readonly Entry[], limit: number): Ranked[] {
  if (limit <= 0) return [];
  const best: Entry[] = [];
  for (const entry of entries) {
    if (best.length >= limit) {
      if (!ranksBefore(entry, best[limit - 1]!)) continue;
      best.pop();
    }
    let place = best.length;
    while (place > 0 && ranksBefore(entry, best[place - 1]!)) place--;
    best.splice(place, 0, entry);
  }
  return best.map(({ id, score }) => ({ id, score }));
}
