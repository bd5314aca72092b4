/** Text that may stand in a page as it is: only {@link html} makes it. */
export interface Html {
  readonly markup: string;
}

type Part = Html | readonly Html[] | string | number | null | false;

/** Writes HTML. Whatever is put in is escaped, unless it is HTML already. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = texts[0]!;
  for (const [at, part] of parts.entries()) markup += written(part) + texts[at + 1]!;
  return { markup };
}

export const NOTHING: Html = { markup: "" };

function written(part: Part): string {
  if (part === null || part === false) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return isList(part) ? part.map(({ markup }) => markup).join("") : part.markup;
}

function isList(part: Html | readonly Html[]): part is readonly Html[] {
  return Array.isArray(part);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What {@link escaped} changes. Most texts have none of it, and are not copied. */
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** In text and in quoted attributes. A control character is shown by its picture: ␀, ␛. */
function escaped(text: string): string {
  if (text.isWellFormed() && !SPECIAL.test(text)) return text;
  return (
    text
      .toWellFormed()
      .replaceAll("\r\n", "\n")
      .replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter]!)
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b-\u001f]/g, (letter) =>
        String.fromCodePoint(0x2400 + letter.codePointAt(0)!),
      )
      .replaceAll(/[\u007f-\u009f]/g, "\u2421")
  );
}
