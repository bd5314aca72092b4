import { escapeHtml, OubliError, type Word } from "#kernel";

import { FIELDS, type FieldName, type LetterFacts } from "./fields.ts";
import type { Letter, LetterName } from "./letter.ts";
import { TEMPLATES } from "./templates.ts";

const FIELD = /\{(\w+)\}/g;

/**
 * Fills a letter from what the request and its plan say.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE` with the name of every field that nobody has filled: a
 *   letter with a gap is worse than one that waits.
 */
export function letterOf(letter: LetterName, from: LetterFacts): Letter {
  const { title, paragraphs, optional } = TEMPLATES[letter];
  const missing = [...new Set(fieldsIn(paragraphs))].filter(
    (name) => !optional.includes(name) && FIELDS[name](from) === null,
  );
  if (missing.length > 0) {
    throw new OubliError("DRAFT_INCOMPLETE", { fields: missing as readonly string[] as Word[] });
  }
  const lines = paragraphs.flatMap((paragraph) => fill(paragraph, from));
  return { letter, at: from.now, title, text: asText(title, lines), html: asHtml(title, lines) };
}

function fieldsIn(paragraphs: readonly string[]): readonly FieldName[] {
  return paragraphs.flatMap((text) =>
    [...text.matchAll(FIELD)].map(([, name]) => name as FieldName),
  );
}

/** The paragraph with its fields, or nothing where one of them is missing. */
function fill(paragraph: string, from: LetterFacts): readonly string[] {
  let whole = true;
  const text = paragraph.replaceAll(FIELD, (_, name: FieldName) => {
    const value = FIELDS[name](from);
    if (value === null) whole = false;
    return value ?? "";
  });
  return whole ? [text] : [];
}

function asText(title: string, lines: readonly string[]): string {
  return `${[title, ...lines].join("\n\n")}\n`;
}

function asHtml(title: string, lines: readonly string[]): string {
  return [
    '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">',
    `<title>${escapeHtml(title)}</title></head>\n<body>\n<h1>${escapeHtml(title)}</h1>`,
    ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
    "</body>\n</html>\n",
  ].join("\n");
}
