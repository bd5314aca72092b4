/** What a question is searched by: its words, and its words side by side, and never too many. */
import type { Term } from "./entry.ts";
import { countIn, type View } from "./view.ts";

/**
 * Words that one question is searched by, and pairs, at most: of each the rarest in view.
 *
 * A pasted document is a question of ten thousand words. Each would cost a walk over its holders
 * and none would say much beside the rarest, so that the cost of a question is bounded here. A
 * question that somebody types has not a tenth of this many.
 */
export const CLUES_MAX = 256;

/** A word of the question. */
export interface Word {
  /** Its number in this question, from 1: 0 is no word of it. */
  readonly slot: number;
  readonly term: Term | undefined;
  /** How many entries in view hold it. */
  readonly seen: number;
}

/** Two words that stand side by side in the question, the same one twice included. */
export interface Pair {
  readonly left: Word;
  readonly right: Word;
}

export interface Clues {
  readonly words: readonly Word[];
  readonly pairs: readonly Pair[];
}

/** Both in the question's order. Cost: one pass over the question; with a filter, over holders. */
export function cluesOf(
  stems: readonly string[],
  find: (stem: string) => Term | undefined,
  view: View,
): Clues {
  const all = [...new Set(stems)].map((stem) => {
    const term = find(stem);
    return { stem, term, seen: term === undefined ? 0 : countIn(view, term.holders) };
  });
  const words = new Map<string, Word>();
  for (const { stem, term, seen } of rarest(all, ({ seen }) => seen)) {
    words.set(stem, { slot: words.size + 1, term, seen });
  }

  const pairs = new Map<number, Pair>();
  let left: Word | undefined;
  for (const stem of stems) {
    const right = words.get(stem);
    if (left !== undefined && right !== undefined) {
      pairs.set(left.slot * (CLUES_MAX + 1) + right.slot, { left, right });
    }
    left = right;
  }
  return { words: [...words.values()], pairs: rarest([...pairs.values()], seenAtMost) };
}

/** In how many entries in view a pair may stand, without a look at their texts. */
export function seenAtMost({ left, right }: Pair): number {
  return Math.min(left.seen, right.seen);
}

/**
 * The rarest in their order, of equals the first. What nothing in view holds finds nothing, and so
 * it is the last that is kept, not the first.
 */
function rarest<Clue>(clues: readonly Clue[], seenIn: (clue: Clue) => number): readonly Clue[] {
  if (clues.length <= CLUES_MAX) return clues;
  const seen = Float64Array.from(clues, (clue) => seenIn(clue) || Infinity);
  const sorted = seen.toSorted();
  const last = sorted[CLUES_MAX - 1]!;
  let draws = CLUES_MAX - sorted.indexOf(last);
  return clues.filter((_, at) => seen[at]! < last || (seen[at] === last && draws-- > 0));
}
