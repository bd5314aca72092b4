/** What each memory itself says about a question: BM25 over words, and over pairs of words. */
import type { Entry, Term } from "./entry.ts";
import type { View } from "./view.ts";
import { WEIGHTS } from "./weights.ts";

/** Where a word or a pair of the question stands: entries, and how often in each. */
interface Holdings {
  readonly holders: readonly Entry[];
  readonly counts: readonly number[];
}

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
  const clues = [
    ...[...new Set(stems)].map((stem) => ({ holdings: find(stem) ?? NOWHERE, weight: 1 })),
    ...pairsOf(stems).map(([left, right]) => ({
      holdings: sideBySide(find(left), find(right)),
      weight: WEIGHTS.pair,
    })),
  ].map(({ holdings, weight }) => ({ holdings, rarity: weight * rarityOf(holdings, view) }));

  const most = clues.reduce((sum, clue) => sum + clue.rarity, 0) * (WEIGHTS.repetition + 1);
  const touched: Entry[] = [];
  for (const { holdings, rarity } of clues) {
    addClue(holdings, (share * rarity * (WEIGHTS.repetition + 1)) / most, view, touched);
  }
  return touched;
}

/** Counted inside the view: how rare a word is must not tell what the caller may not see. */
function rarityOf({ holders }: Holdings, view: View): number {
  let seen = 0;
  for (const entry of holders) if (view.sees(entry)) seen++;
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

function pairsOf(stems: readonly string[]): readonly (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  for (let at = 1; at < stems.length; at++) {
    pairs.set(`${stems[at - 1]} ${stems[at]}`, [stems[at - 1]!, stems[at]!]);
  }
  return [...pairs.values()];
}

/** Found by looking, not kept: an index of all pairs would be larger than all the rest. */
function sideBySide(left: Term | undefined, right: Term | undefined): Holdings {
  if (left === undefined || right === undefined) return NOWHERE;
  const rarer = left.holders.length < right.holders.length ? left : right;
  const holders: Entry[] = [];
  const counts: number[] = [];
  for (const entry of rarer.holders) {
    const count = countPairs(entry.terms, left, right);
    if (count === 0) continue;
    holders.push(entry);
    counts.push(count);
  }
  return { holders, counts };
}

function countPairs(terms: readonly Term[], left: Term, right: Term): number {
  let count = 0;
  for (let at = 1; at < terms.length; at++) {
    if (terms[at] === right && terms[at - 1] === left) count++;
  }
  return count;
}
