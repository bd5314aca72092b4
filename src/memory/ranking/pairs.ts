/** Where a question's words stand side by side in memories. */
import { type Pair, type Word, seenAtMost } from "./clues.ts";
import { noteHolder, type Holdings } from "./entry.ts";
import type { Rows } from "./rows.ts";
import type { View } from "./view.ts";

/**
 * Terms that one question reads for its pairs, at most: some ten milliseconds. Pairs that would
 * need more are not looked for, the most common first.
 */
export const READ_MAX = 4_000_000;

interface Among {
  readonly rows: Rows;
  /** The vocabulary's scratch: each term's number among the question's words. */
  readonly slots: number[];
  readonly view: View;
}

/**
 * The holdings in view of every pair that was looked for. One that was not is absent.
 *
 * Found by reading, not kept: an index of all pairs would be larger than all the rest. Each entry
 * that holds both words of a pair is read once, for all pairs together.
 */
export function findPairs(pairs: readonly Pair[], among: Among): ReadonlyMap<Pair, Holdings> {
  const { marks } = among.rows.columns;
  const { sizes } = among.rows.texts;
  const found = new Map<Pair, Holdings>();
  const held: Pair[] = [];
  for (const pair of pairs) {
    if (seenAtMost(pair) > 0) held.push(pair);
    else found.set(pair, { holders: [], counts: [] });
  }
  if (held.length === 0) return found;

  const words = new Set(held.flatMap(({ left, right }) => [left, right]));
  for (const word of words) mark(word, among);
  const toRead: number[] = [];
  let terms = 0;
  for (const pair of held.toSorted((one, other) => seenAtMost(one) - seenAtMost(other))) {
    const unread = unreadHoldersOf(pair, marks);
    let more = 0;
    for (const row of unread) more += sizes[row]!;
    if (terms + more > READ_MAX) continue;
    terms += more;
    for (const row of unread) {
      marks[row]! |= TO_READ;
      toRead.push(row);
    }
    found.set(pair, { holders: [], counts: [] });
  }
  read(toRead, { words, found, among });
  for (const word of words) unmark(word, among);
  return found;
}

/** One bit of 31 for a word: two words may share one, which costs a reading in vain. */
function bitOf({ slot }: Word): number {
  return 1 << (slot % 31);
}

const TO_READ = 1 << 31;

function mark(word: Word, { rows, slots, view: { seen } }: Among): void {
  const { number, holders } = word.term!;
  slots[number] = word.slot;
  const { marks } = rows.columns;
  const bit = bitOf(word);
  for (const row of holders) if (seen === null || seen[row] === 1) marks[row]! |= bit;
}

function unmark({ term }: Word, { rows, slots }: Among): void {
  const { number, holders } = term!;
  slots[number] = 0;
  const { marks } = rows.columns;
  for (const row of holders) marks[row] = 0;
}

/** Rows in view that hold both words of a pair, and few others: only these are marked. */
function unreadHoldersOf({ left, right }: Pair, marks: Int32Array): number[] {
  const both = bitOf(left) | bitOf(right);
  const [one, other] = [left.term!.holders, right.term!.holders];
  const unread: number[] = [];
  for (const row of one.length < other.length ? one : other) {
    if ((marks[row]! & (both | TO_READ)) === both) unread.push(row);
  }
  return unread;
}

/** Adds to the holdings of every pair in `found` what stands in these rows. */
function read(
  toRead: readonly number[],
  {
    words,
    found,
    among: { rows, slots },
  }: {
    readonly words: ReadonlySet<Word>;
    readonly found: ReadonlyMap<Pair, Holdings>;
    readonly among: Among;
  },
): void {
  let width = 1;
  for (const { slot } of words) width = Math.max(width, slot + 1);
  const table = new Uint16Array(width * width);
  const holdings: Holdings[] = [];
  for (const [{ left, right }, at] of found) {
    if (seenAtMost({ left, right }) > 0) {
      table[left.slot * width + right.slot] = holdings.push(at);
    }
  }
  const { terms, starts, sizes } = rows.texts;
  for (const row of toRead) {
    const end = starts[row]! + sizes[row]!;
    let left = 0;
    for (let at = starts[row]!; at < end; at++) {
      const slot = slots[terms[at]!]!;
      const pair = slot === 0 ? 0 : table[left * width + slot]!;
      if (pair !== 0) noteHolder(holdings[pair - 1]!, row);
      left = slot;
    }
  }
}
