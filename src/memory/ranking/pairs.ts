/** Where a question's words stand side by side in memories. */
import { type Pair, type Word, seenAtMost } from "./clues.ts";
import type { Entry, Holdings } from "./entry.ts";
import type { View } from "./view.ts";

/**
 * Terms that one question reads for its pairs, at most: some ten milliseconds. Pairs that would
 * need more are not looked for, the most common first.
 */
export const READ_MAX = 4_000_000;

/**
 * The holdings in view of every pair that was looked for. One that was not is absent.
 *
 * Found by reading, not kept: an index of all pairs would be larger than all the rest. Each entry
 * that holds both words of a pair is read once, for all pairs together.
 */
export function findPairs(pairs: readonly Pair[], view: View): ReadonlyMap<Pair, Holdings> {
  const found = new Map<Pair, Holdings>();
  const held: Pair[] = [];
  for (const pair of pairs) {
    if (seenAtMost(pair) > 0) held.push(pair);
    else found.set(pair, { holders: [], counts: [] });
  }
  if (held.length === 0) return found;

  const words = new Set(held.flatMap(({ left, right }) => [left, right]));
  for (const word of words) mark(word, view);
  const entries = new Set<Entry>();
  let toRead = 0;
  for (const pair of held.toSorted((one, other) => seenAtMost(one) - seenAtMost(other))) {
    const unread = holdersOfBoth(pair).filter((entry) => !entries.has(entry));
    const terms = unread.reduce((sum, { terms }) => sum + terms.length, 0);
    if (toRead + terms > READ_MAX) continue;
    toRead += terms;
    for (const entry of unread) entries.add(entry);
    found.set(pair, { holders: [], counts: [] });
  }
  read(entries, words, found);
  for (const word of words) unmark(word);
  return found;
}

/** One bit of 32 for a word: two words may share one, which costs a reading in vain. */
function bitOf({ slot }: Word): number {
  return 1 << (slot & 31);
}

function mark(word: Word, view: View): void {
  word.term!.slot = word.slot;
  const bit = bitOf(word);
  for (const entry of word.term!.holders) if (view.sees(entry)) entry.marks |= bit;
}

function unmark({ term }: Word): void {
  term!.slot = 0;
  for (const entry of term!.holders) entry.marks = 0;
}

/** The entries in view that hold both words of a pair, and few others: only these are marked. */
function holdersOfBoth({ left, right }: Pair): Entry[] {
  const marks = bitOf(left) | bitOf(right);
  const [one, other] = [left.term!.holders, right.term!.holders];
  const fewer = one.length < other.length ? one : other;
  return fewer.filter((entry) => (entry.marks & marks) === marks);
}

/** Adds to the holdings of every pair in `found` what stands in these entries. */
function read(
  entries: ReadonlySet<Entry>,
  words: ReadonlySet<Word>,
  found: ReadonlyMap<Pair, Holdings>,
): void {
  let slots = 1;
  for (const { slot } of words) slots = Math.max(slots, slot + 1);
  const table = new Uint16Array(slots * slots);
  const holdings: Holdings[] = [];
  for (const [{ left, right }, at] of found) {
    if (seenAtMost({ left, right }) > 0) {
      table[left.slot * slots + right.slot] = holdings.push(at);
    }
  }
  for (const entry of entries) {
    let left = 0;
    for (const { slot } of entry.terms) {
      const pair = table[left * slots + slot]!;
      if (pair !== 0) count(entry, holdings[pair - 1]!);
      left = slot;
    }
  }
}

/** An entry's counts are written together, so its own is the last one. */
function count(entry: Entry, { holders, counts }: Holdings): void {
  const last = holders.length - 1;
  if (holders[last] === entry) counts[last]!++;
  else {
    holders.push(entry);
    counts.push(1);
  }
}
