import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { ENGLISH } from "./language.ts";
import type { Phrase } from "./phrases.ts";

const PAGE = `${import.meta.dirname}/../../../docs/reference/letters.md`;

const formsOf = (phrase: Phrase): string =>
  typeof phrase === "string"
    ? phrase
    : Object.entries(phrase)
        .map(([form, text]) => `\`${form}\`: ${text}`)
        .join("<br>");

/** The texts of the page, as letters have them. */
function texts(): string {
  const letters = Object.entries(ENGLISH.templates).flatMap(([letter, { title, paragraphs }]) => [
    `### \`${letter}\`: ${title}`,
    "",
    ...paragraphs.map((paragraph) => `- ${paragraph}`),
    "",
  ]);
  const phrases = Object.entries(ENGLISH.phrases).flatMap(([group, named]) => [
    `### \`${group}\``,
    "",
    "| | |",
    "|---|---|",
    ...Object.entries(named).map(
      ([name, phrase]) => `| \`${name}\` | ${formsOf(phrase as Phrase)} |`,
    ),
    "",
  ]);
  return ["## Templates", "", ...letters, "## Phrases", "", ...phrases].join("\n");
}

test("docs/reference/letters.md has every template and phrase, as letters are written from them", () => {
  const page = readFileSync(PAGE, "utf8");
  const start = page.indexOf("## Templates");
  if (process.env["OUBLI_WRITE_DOCS"] === "1") {
    writeFileSync(PAGE, `${page.slice(0, start)}${texts()}`);
    return;
  }
  assert.equal(page.slice(start), texts());
});
