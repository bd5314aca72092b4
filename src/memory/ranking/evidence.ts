/** What each memory itself says about a question: BM25 over words, and over pairs of words. */
import { cluesOf } from "./clues.ts";
import type { Entry, Holdings, Term } from "./entry.ts";
import { findPairs } from "./pairs.ts";
import type { View } from "./view.ts";
import { WEIGHTS } from "./weights.ts";

const NOWHERE: Holdings = { holders: [], counts: [] };

/**
 * Adds evidence to every entry in view that shares a word with the question, and returns these.
 *
 * Evidence is a share of what a memory could hold at most, so that it can be held against a
 * floor: near 1 for one that says every word of the question, 0 for none, whatever the question.
 */
export function addEvidence(
  stems: readonly string[],
  find: (stem: string) => Term | undefined,
  view: View,
  share: number,
): Entry[] {
  const { words, pairs } = cluesOf(stems, find, view);
  const clues = words.map(({ term, seen }) => ({
    holdings: (term ?? NOWHERE) as Holdings,
    rarity: rarityOf(seen, view),
  }));
  const found = findPairs(pairs, view);
  for (const pair of pairs) {
    const holdings = found.get(pair);
    if (holdings === undefined) continue;
    clues.push({ holdings, rarity: WEIGHTS.pair * rarityOf(holdings.holders.length, view) });
  }

  const most = clues.reduce((sum, clue) => sum + clue.rarity, 0) * (WEIGHTS.repetition + 1);
  const touched: Entry[] = [];
  for (const { holdings, rarity } of clues) {
    addClue(holdings, (share * rarity * (WEIGHTS.repetition + 1)) / most, view, touched);
  }
  return touched;
}

/** Counted inside the view: how rare a word is must not tell what the caller may not see. */
function rarityOf(seen: number, view: View): number {
  return Math.log(1 + (view.size - seen + 0.5) / (seen + 0.5));
}

function addClue(
  { holders, counts }: Holdings,
  weight: number,
  view: View,
  touched: Entry[],
): void {
  const { repetition, length } = WEIGHTS;
  for (let at = 0; at < holders.length; at++) {
    const entry = holders[at]!;
    if (!view.sees(entry)) continue;
    if (entry.evidence === 0) touched.push(entry);
    const count = counts[at]!;
    const size = 1 - length + (length * entry.terms.length) / view.termsMean;
    entry.evidence += (weight * count) / (count + repetition * size);
  }
}
