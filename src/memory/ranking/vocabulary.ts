/** The words of one index: which entries hold them, and nothing of entries that have left. */
import { noteHolder, type Holdings, type Term } from "./entry.ts";
import type { Language } from "./language.ts";

export interface Vocabulary {
  /** The terms of a text in order, by number, made where new. They live once a row joins them. */
  termsOf(words: readonly string[]): number[];
  /** The stems of a question in order, without stop words. Leaves no trace of them. */
  stemsOf(words: readonly string[]): string[];
  find(stem: string): Term | undefined;
  join(row: number, terms: readonly number[]): void;
  leave(row: number, terms: Iterable<number>): void;
  /** Scratch of one query, 0 between queries: each term's number among the question's words. */
  readonly slots: number[];
  readonly bytes: number;
}

/** Words whose stem is remembered, at most. */
const STEMS_MAX = 20_000;

/** Measured: a term with two short arrays, its place in the map, and its forms among the stems. */
const TERM_BYTES = 400;
const HOLDING_BYTES = 24;

export function createVocabulary(language: Language): Vocabulary {
  const terms = new Map<string, Term>();
  const numbered: (Term | undefined)[] = [];
  const free: number[] = [];
  const slots: number[] = [];
  // Stems of words met in texts. The cache does not know whose words these were, so whenever an
  // entry leaves it is emptied: it belongs to this index, and outlives none of its entries.
  const stems = new Map<string, string>();
  let bytes = 0;

  function stemOf(word: string): string {
    return stems.get(word) ?? language.stem(word);
  }

  return {
    get bytes() {
      return bytes;
    },
    slots,
    find: (stem) => terms.get(stem),
    stemsOf: (words) => words.filter((word) => !language.stopWords.has(word)).map(stemOf),

    termsOf(words) {
      const found: number[] = [];
      for (const word of words) {
        if (language.stopWords.has(word)) continue;
        const stem = stems.get(word) ?? remember(word);
        let term = terms.get(stem);
        if (term === undefined) {
          term = { word: stem, number: free.pop() ?? numbered.length, holders: [], counts: [] };
          terms.set(stem, term);
          numbered[term.number] = term;
          slots[term.number] = 0;
          bytes += TERM_BYTES + stem.length;
        }
        found.push(term.number);
      }
      return found;
    },

    join(row, numbers) {
      for (const number of numbers) {
        if (noteHolder(numbered[number]!, row) === 1) bytes += HOLDING_BYTES;
      }
    },

    leave(row, numbers) {
      for (const number of new Set(numbers)) {
        const term = numbered[number]!;
        dropHolder(term, row);
        bytes -= HOLDING_BYTES;
        if (term.holders.length > 0) continue;
        terms.delete(term.word);
        numbered[number] = undefined;
        free.push(number);
        bytes -= TERM_BYTES + term.word.length;
      }
      stems.clear();
    },
  };

  function remember(word: string): string {
    if (stems.size >= STEMS_MAX) stems.clear();
    const kept = detached(word);
    const stemmed = language.stem(kept);
    const stem = stemmed === kept ? kept : detached(stemmed);
    stems.set(kept, stem);
    return stem;
  }
}

function dropHolder({ holders, counts }: Holdings, row: number): void {
  const at = holders.indexOf(row);
  holders[at] = holders.at(-1)!;
  counts[at] = counts.at(-1)!;
  holders.pop();
  counts.pop();
}

/**
 * A copy that shares no memory with `text`. V8 may keep a long word as a window onto the text
 * that it was cut from (seen in Node 24, not in 26), and so one word that two memories share would
 * keep the whole of a removed one alive.
 */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
