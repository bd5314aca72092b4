/** The words of one index: which entries hold them, and nothing of entries that have left. */
import type { Entry, Term } from "./entry.ts";
import type { Language } from "./language.ts";

export interface Vocabulary {
  /** The terms of a text in order, made where new. They live once an entry joins them. */
  termsOf(words: readonly string[]): Term[];
  /** The stems of a question in order, without stop words. Leaves no trace of them. */
  stemsOf(words: readonly string[]): string[];
  find(stem: string): Term | undefined;
  join(entry: Entry): void;
  leave(entry: Entry): void;
  readonly bytes: number;
}

/** Words whose stem is remembered, at most. */
const STEMS_MAX = 20_000;

/** Measured: a term with two short arrays, its place in the map, and its forms among the stems. */
const TERM_BYTES = 400;
const HOLDING_BYTES = 24;

export function createVocabulary(language: Language): Vocabulary {
  const terms = new Map<string, Term>();
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
    find: (stem) => terms.get(stem),
    stemsOf: (words) => words.filter((word) => !language.stopWords.has(word)).map(stemOf),

    termsOf(words) {
      const found: Term[] = [];
      for (const word of words) {
        if (language.stopWords.has(word)) continue;
        const stem = stems.get(word) ?? remember(word);
        let term = terms.get(stem);
        if (term === undefined) {
          term = { word: stem, holders: [], counts: [], slot: 0 };
          terms.set(stem, term);
          bytes += TERM_BYTES + stem.length;
        }
        found.push(term);
      }
      return found;
    },

    join(entry) {
      for (const term of entry.terms) {
        // An entry's holdings are written together, so its own is the last one.
        const last = term.holders.length - 1;
        if (term.holders[last] === entry) term.counts[last]!++;
        else {
          term.holders.push(entry);
          term.counts.push(1);
          bytes += HOLDING_BYTES;
        }
      }
    },

    leave(entry) {
      for (const term of new Set(entry.terms)) {
        const at = term.holders.indexOf(entry);
        term.holders[at] = term.holders.at(-1)!;
        term.counts[at] = term.counts.at(-1)!;
        term.holders.pop();
        term.counts.pop();
        bytes -= HOLDING_BYTES;
        if (term.holders.length > 0) continue;
        terms.delete(term.word);
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

/**
 * A copy that shares no memory with `text`. V8 may keep a long word as a window onto the text
 * that it was cut from (seen in Node 24, not in 26), and so one word that two memories share would
 * keep the whole of a removed one alive.
 */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
