/** What each memory itself says about a question: BM25 over words, and over pairs of words. */
import { cluesOf } from "./clues.ts";
import type { Holdings } from "./entry.ts";
import { findPairs } from "./pairs.ts";
import type { Rows } from "./rows.ts";
import type { View } from "./view.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { WEIGHTS } from "./weights.ts";

const NOWHERE: Holdings = { holders: [], counts: [] };

/**
 * Adds evidence to every row in view that shares a word with the question, and returns these.
 *
 * Evidence is a share of what a memory could hold at most, so that it can be held against a
 * floor: near 1 for one that says every word of the question, 0 for none, whatever the question.
 */
export function addEvidence(
  stems: readonly string[],
  { find, slots }: Pick<Vocabulary, "find" | "slots">,
  { rows, view, share }: { readonly rows: Rows; readonly view: View; readonly share: number },
): number[] {
  const { words, pairs } = cluesOf(stems, find, view);
  const clues = words.map(({ term, seen }) => ({
    holdings: (term ?? NOWHERE) as Holdings,
    rarity: rarityOf(seen, view),
  }));
  const found = findPairs(pairs, { rows, slots, view });
  for (const pair of pairs) {
    const holdings = found.get(pair);
    if (holdings === undefined) continue;
    clues.push({ holdings, rarity: WEIGHTS.pair * rarityOf(holdings.holders.length, view) });
  }

  const most = clues.reduce((sum, clue) => sum + clue.rarity, 0) * (WEIGHTS.repetition + 1);
  const touched: number[] = [];
  for (const { holdings, rarity } of clues) {
    const weight = (share * rarity * (WEIGHTS.repetition + 1)) / most;
    addClue(holdings, weight, { rows, view, touched });
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
  { rows, view, touched }: { readonly rows: Rows; readonly view: View; touched: number[] },
): void {
  const { repetition, length } = WEIGHTS;
  const { evidence } = rows.columns;
  const { sizes } = rows.texts;
  const { seen, termsMean } = view;
  for (let at = 0; at < holders.length; at++) {
    const row = holders[at]!;
    if (seen !== null && seen[row] === 0) continue;
    if (evidence[row] === 0) touched.push(row);
    const count = counts[at]!;
    const size = 1 - length + (length * sizes[row]!) / termsMean;
    evidence[row]! += (weight * count) / (count + repetition * size);
  }
}
