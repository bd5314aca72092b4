/** More letters than this are another word. */
const LETTERS_MAX = 2;

/**
 * Whether one word is a slip in writing another: a few letters left out, added or changed, and no
 * more than a third of it. A name in a wrong place is not.
 */
export function isSlip(given: string, wanted: string): boolean {
  const letters = Math.min(LETTERS_MAX, Math.floor(wanted.length / 3));
  if (Math.abs(given.length - wanted.length) > letters) return false;
  // The distance from what was read of `given` to each beginning of `wanted`.
  let row = Array.from({ length: wanted.length + 1 }, (_, at) => at);
  for (const letter of given) {
    const next = [row[0]! + 1];
    for (let at = 1; at < row.length; at += 1) {
      const changed = row[at - 1]! + (wanted[at - 1] === letter ? 0 : 1);
      next.push(Math.min(changed, row[at]! + 1, next[at - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)! <= letters;
}
