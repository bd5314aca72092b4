/** A text as it is searched, and where each of its units stands in the text as it is shown. */
export interface Folded {
  readonly text: string;
  /** The span of the original that a span of the folded text is. */
  span(start: number, end: number): readonly [number, number];
}

const ASCII = /^\p{ASCII}*$/u;

/** Seen by nobody, and between two digits all the same. */
const INVISIBLE = /^[\p{Cf}\p{Mn}\u034F\u115F\u1160\u17B4\u17B5\u3164]$/u;

/**
 * Other ways to write the same are one: full-width and Arabic digits, every dash, every blank.
 * What cannot be seen is left out.
 */
export function folded(text: string): Folded {
  if (ASCII.test(text)) return { text, span: (start, end) => [start, end] };
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const letter of text) {
    const part = foldedLetter(letter);
    for (let unit = 0; unit < part.length; unit += 1) {
      starts.push(at);
      ends.push(at + letter.length);
    }
    parts.push(part);
    at += letter.length;
  }
  return {
    text: parts.join(""),
    span: (start, end) => [starts[start]!, ends[end - 1]!],
  };
}

function foldedLetter(letter: string): string {
  if (INVISIBLE.test(letter)) return "";
  if (/^\p{Pd}$/u.test(letter) || letter === "\u2212") return "-";
  if (/^\p{Zs}$/u.test(letter)) return " ";
  const plain = letter.normalize("NFKC");
  return /^\p{Nd}$/u.test(plain) ? digitOf(plain) : plain;
}

/** The digits of a script stand behind each other, from zero on. */
function digitOf(letter: string): string {
  const code = letter.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}
