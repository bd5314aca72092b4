/** Splits a text of any script into comparable words. */

/** A longer run of letters is an encoded blob, not a word; its head is enough to find it by. */
const WORD_LENGTH_MAX = 64;

/**
 * A book. What one text says behind it is kept, and not searched: without an end, 1 MiB of a script
 * without spaces would be 700,000 words, and hold every other caller up for seconds.
 */
export const WORDS_MAX = 100_000;

const RUN = /[\p{L}\p{M}\p{N}]+/gu;

/** Scripts that write words without spaces between them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const UNSPACED_FROM = 0x0e00;

/**
 * The words of `text` in order: compatibility forms unified, lower-case, without
 * accents and punctuation.
 *
 * Unspaced scripts give every character and every pair of neighbours: no dictionary, so a name
 * that no dictionary knows is found as well, and pairs tell "Tokyo" from "Kyoto".
 *
 * Limits: the first {@link WORDS_MAX} words of a text.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const run of plain(text).match(RUN) ?? []) {
    if (words.length >= WORDS_MAX) break;
    if (isUnspaced(run)) pushCharacters(run, words);
    else words.push(run.length > WORD_LENGTH_MAX ? headOf(run) : run);
  }
  return words;
}

const ACCENTED = /[^\0-\x7f]/;
const ACCENTS = /([\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036f]+/gu;

/** Who types "cafe" means "café". Marks of other scripts make other words, and stay. */
function plain(text: string): string {
  if (!ACCENTED.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").toLowerCase().replace(ACCENTS, "$1").normalize("NFKC");
}

/** Half a character at the cut becomes a replacement sign, in texts and questions alike. */
function headOf(run: string): string {
  return run.slice(0, WORD_LENGTH_MAX).toWellFormed();
}

function isUnspaced(run: string): boolean {
  for (let at = 0; at < run.length; at++) {
    if (run.charCodeAt(at) >= UNSPACED_FROM) return UNSPACED.test(run);
  }
  return false;
}

/** Parts in a spaced script ("iPhone" amid Japanese) stay whole. */
function pushCharacters(run: string, words: string[]): void {
  let spaced = "";
  let before = "";
  for (const character of run) {
    if (words.length >= WORDS_MAX - 1) break; // A character may give two.
    if (UNSPACED.test(character)) {
      if (spaced !== "") words.push(spaced);
      spaced = "";
      words.push(character);
      if (before !== "") words.push(before + character);
      before = character;
    } else {
      spaced += character;
      before = "";
    }
  }
  if (spaced !== "") words.push(spaced);
}
