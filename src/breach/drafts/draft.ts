import { escapeHtml, OubliError } from "#kernel";

import { authorityDue } from "../severity.ts";
import { FIELD, FIELDS, type DraftFacts, type FieldName } from "./fields.ts";
import { ENGLISH, fieldsIn as fieldsOfLine, type BreachLanguage } from "./language.ts";
import {
  PEOPLE_DRAFTS,
  TEMPLATES,
  type DraftName,
  type PeopleDraft,
  type Section,
  type Template,
} from "./templates.ts";

/** A letter or a notification, ready to be read by whoever sends it. */
export interface Letter {
  readonly title: string;
  readonly text: string;
  /** The same, with every text escaped. */
  readonly html: string;
}

export interface Draft extends Letter {
  readonly draft: DraftName;
  readonly reader: Template["reader"];
  readonly article: string;
}

/**
 * Fills a draft from what is known of an incident.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE` with the name of every field that nobody has filled.
 */
export function draftOf(
  draft: DraftName,
  from: DraftFacts,
  language: BreachLanguage = ENGLISH,
): Draft {
  const template = templateIn(language, draft);
  const { title, reader, article } = template;
  return { draft, reader, article, ...filled(title, [template], from, language) };
}

export const isToPeople = (draft: DraftName): draft is PeopleDraft =>
  (PEOPLE_DRAFTS as readonly DraftName[]).includes(draft);

/** What the law asks of it is the same in every language. */
function templateIn({ letters }: BreachLanguage, draft: DraftName): Template {
  const own = isToPeople(draft) ? letters[draft] : undefined;
  return own === undefined ? TEMPLATES[draft] : { ...TEMPLATES[draft], ...own };
}

/**
 * The one letter to the people that holds what several laws ask for: it goes to all of them, wherever
 * they live. Of two sections with one heading the first counts.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE`.
 */
export function letterToPeople(
  laws: readonly string[],
  from: DraftFacts,
  language: BreachLanguage = ENGLISH,
): Letter {
  const templates = peopleDrafts(laws).map((draft) => templateIn(language, draft));
  return filled(titleOf(laws, language), templates, from, language);
}

/** What the letter to the people still lacks. */
export function missingFrom(laws: readonly string[], from: DraftFacts): readonly FieldName[] {
  const templates = peopleDrafts(laws).map((draft) => TEMPLATES[draft]);
  return missing(templates, from, ENGLISH);
}

/** Whether the one letter to the people can be written in a language. */
export function isWhole({ letters }: BreachLanguage, laws: readonly string[]): boolean {
  return [...peopleDrafts(laws), titled(laws)].every((draft) => letters[draft] !== undefined);
}

/** California names the letter, and its headings. @source Cal. Civ. Code 1798.82(d)(1)(A) */
function titleOf(laws: readonly string[], language: BreachLanguage): string {
  return templateIn(language, titled(laws)).title;
}

const titled = (laws: readonly string[]): PeopleDraft =>
  laws.includes("sb446") ? "california-people" : "gdpr-people";

const BY_LAW = {
  sb446: "california-people",
  gdpr: "gdpr-people",
  hipaa: "hipaa-people",
  lgpd: "lgpd-people",
} as const;

/** California's first, since it words its headings; Oubli's own letter is the GDPR's. */
function peopleDrafts(laws: readonly string[]): readonly PeopleDraft[] {
  const named = (Object.keys(BY_LAW) as (keyof typeof BY_LAW)[]).filter((law) =>
    laws.includes(law),
  );
  return named.length === 0 ? ["gdpr-people"] : named.map((law) => BY_LAW[law]);
}

function filled(
  title: string,
  templates: readonly Template[],
  from: DraftFacts,
  language: BreachLanguage,
): Letter {
  const fields = missing(templates, from, language);
  if (fields.length > 0) throw new OubliError("DRAFT_INCOMPLETE", { fields: fields as never });
  const sections = sectionsOf(templates)
    .map(({ heading, lines }) => ({
      heading,
      lines: lines.flatMap((line) => fill(line, from, language)),
    }))
    .filter(({ lines }) => lines.length > 0);
  return { title, text: asText(title, sections), html: asHtml(title, sections, language) };
}

/** One law's section stands for another's where both have the same lines. */
function sectionsOf(templates: readonly Template[]): readonly Section[] {
  const sections: Section[] = [];
  const said = new Set<string>();
  for (const section of templates.flatMap(({ sections }) => sections)) {
    const lines = section.lines.filter((line) => !said.has(line));
    for (const line of lines) said.add(line);
    if (lines.length > 0) sections.push({ ...section, lines });
  }
  return sections;
}

function missing(
  templates: readonly Template[],
  from: DraftFacts,
  language: BreachLanguage,
): readonly FieldName[] {
  const needed = templates.flatMap(({ sections, optional }) =>
    fieldsIn(sections).filter((name) => !optional.includes(name) || isOwed(name, from)),
  );
  return [...new Set(needed)].filter((name) => FIELDS[name](from, language) === null);
}

/** Who tells the authority late says why. @source GDPR Art. 33(1) */
function isOwed(name: FieldName, { facts, now }: DraftFacts): boolean {
  return name === "lateBecause" && now > authorityDue(facts.awareAt);
}

function fieldsIn(sections: readonly Section[]): readonly FieldName[] {
  const lines = sections.flatMap(({ lines }) => lines);
  return lines.flatMap((line) => fieldsOfLine(line) as readonly FieldName[]);
}

/** The line with its fields, or nothing where one of them is missing: it was optional. */
function fill(line: string, from: DraftFacts, language: BreachLanguage): readonly string[] {
  let whole = true;
  const text = line.replaceAll(FIELD, (_, name: FieldName) => {
    const value = FIELDS[name](from, language);
    if (value === null) whole = false;
    return value ?? "";
  });
  return whole ? [text] : [];
}

function asText(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ heading, lines }) => [heading, ...lines].join("\n"));
  return `${[title, ...parts].join("\n\n")}\n`;
}

function asHtml(title: string, sections: readonly Section[], { tag }: BreachLanguage): string {
  const parts = sections.map(({ heading, lines }) => {
    const paragraphs = lines.map((line) => `<p>${escapeHtml(line)}</p>`);
    return `<h2>${escapeHtml(heading)}</h2>\n${paragraphs.join("\n")}`;
  });
  return [
    `<!doctype html>\n<html lang="${tag}" dir="auto">\n<head><meta charset="utf-8">`,
    `<title>${escapeHtml(title)}</title></head>\n<body>\n<h1>${escapeHtml(title)}</h1>`,
    ...parts,
    "</body>\n</html>\n",
  ].join("\n");
}
