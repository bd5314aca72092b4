import { escapeHtml, OubliError, type Word } from "#kernel";

import { FIELDS, type FieldName, type LetterFacts } from "./fields.ts";
import type { Language } from "./language.ts";
import type { Letter, LetterName } from "./letter.ts";
import { OPTIONAL } from "./templates.ts";

const FIELD = /\{(\w+)\}/g;

/**
 * Fills a letter from what the request and its plan say.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE` with the name of every field that nobody has filled: a
 *   letter with a gap is worse than one that waits.
 */
export function letterOf(letter: LetterName, from: LetterFacts, language: Language): Letter {
  const { title, paragraphs } = language.templates[letter];
  const fields = new Set(paragraphs.flatMap(fieldsIn) as readonly FieldName[]);
  const missing = [...fields].filter(
    (name) => !OPTIONAL.has(name) && FIELDS[name](from, language) === null,
  );
  if (missing.length > 0) {
    throw new OubliError("DRAFT_INCOMPLETE", { fields: missing as readonly string[] as Word[] });
  }
  const lines = paragraphs.flatMap((paragraph) => fill(paragraph, from, language));
  const text = asText(title, lines);
  return { letter, at: from.now, title, text, html: asHtml(title, lines, language) };
}

/** The fields that a paragraph names; of an application's own, they are checked at start. */
export function fieldsIn(paragraph: string): readonly string[] {
  return [...paragraph.matchAll(FIELD)].map(([, name]) => name!);
}

/** The paragraph with its fields, or nothing where one of them is missing. */
function fill(paragraph: string, from: LetterFacts, language: Language): readonly string[] {
  let whole = true;
  const text = paragraph.replaceAll(FIELD, (_, name: FieldName) => {
    const value = FIELDS[name](from, language);
    if (value === null) whole = false;
    return value ?? "";
  });
  return whole ? [text] : [];
}

function asText(title: string, lines: readonly string[]): string {
  return `${[title, ...lines].join("\n\n")}\n`;
}

function asHtml(title: string, lines: readonly string[], { tag }: Language): string {
  return [
    `<!doctype html>\n<html lang="${tag}" dir="auto">\n<head><meta charset="utf-8">`,
    `<title>${escapeHtml(title)}</title></head>\n<body>\n<h1>${escapeHtml(title)}</h1>`,
    ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
    "</body>\n</html>\n",
  ].join("\n");
}
