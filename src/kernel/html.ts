import { escapeHtml } from "./escape.ts";

/** Text that may stand in a page as it is: only {@link html} makes it. */
export interface Html {
  readonly markup: string;
}

type Part = Html | readonly Html[] | string | number | null | false;

/** Writes HTML. Whatever is put in is escaped, unless it is HTML already; `null` is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = texts[0]!;
  for (const [at, part] of parts.entries()) markup += written(part) + texts[at + 1]!;
  return { markup };
}

export const NO_HTML: Html = { markup: "" };

function written(part: Part): string {
  if (part === null || part === false) return "";
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return isList(part) ? part.map(({ markup }) => markup).join("") : part.markup;
}

function isList(part: Html | readonly Html[]): part is readonly Html[] {
  return Array.isArray(part);
}
