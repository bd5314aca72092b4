import { escapeHtml, OubliError } from "#kernel";

import { authorityDue } from "../severity.ts";
import { FIELDS, type DraftFacts, type FieldName } from "./fields.ts";
import { TEMPLATES, type DraftName, type Section, type Template } from "./templates.ts";

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
export function draftOf(draft: DraftName, from: DraftFacts): Draft {
  const template: Template = TEMPLATES[draft];
  const { title, reader, article } = template;
  return { draft, reader, article, ...filled(title, [template], from) };
}

/**
 * The one letter to the people that holds what several laws ask for: it goes to all of them, wherever
 * they live. Of two sections with one heading the first counts.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE`.
 */
export function letterToPeople(laws: readonly string[], from: DraftFacts): Letter {
  return filled(titleOf(laws), peopleTemplates(laws), from);
}

/** What the letter to the people still lacks. */
export function missingFrom(laws: readonly string[], from: DraftFacts): readonly FieldName[] {
  return missing(peopleTemplates(laws), from);
}

/** California names the letter, and its headings. @source Cal. Civ. Code 1798.82(d)(1)(A) */
function titleOf(laws: readonly string[]): string {
  return TEMPLATES[laws.includes("sb446") ? "california-people" : "gdpr-people"].title;
}

const BY_LAW = {
  sb446: "california-people",
  gdpr: "gdpr-people",
  hipaa: "hipaa-people",
  lgpd: "lgpd-people",
} as const;

/** California's first, since it words its headings; Oubli's own letter is the GDPR's. */
function peopleTemplates(laws: readonly string[]): readonly Template[] {
  const named = (Object.keys(BY_LAW) as (keyof typeof BY_LAW)[]).filter((law) =>
    laws.includes(law),
  );
  return named.length === 0
    ? [TEMPLATES["gdpr-people"]]
    : named.map((law) => TEMPLATES[BY_LAW[law]]);
}

function filled(title: string, templates: readonly Template[], from: DraftFacts): Letter {
  const fields = missing(templates, from);
  if (fields.length > 0) throw new OubliError("DRAFT_INCOMPLETE", { fields: fields as never });
  const sections = sectionsOf(templates)
    .map(({ heading, lines }) => ({ heading, lines: lines.flatMap((line) => fill(line, from)) }))
    .filter(({ lines }) => lines.length > 0);
  return { title, text: asText(title, sections), html: asHtml(title, sections) };
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

const FIELD = /\{(\w+)\}/g;

function missing(templates: readonly Template[], from: DraftFacts): readonly FieldName[] {
  const needed = templates.flatMap(({ sections, optional }) =>
    fieldsIn(sections).filter((name) => !optional.includes(name) || isOwed(name, from)),
  );
  return [...new Set(needed)].filter((name) => FIELDS[name](from) === null);
}

/** Who tells the authority late says why. @source GDPR Art. 33(1) */
function isOwed(name: FieldName, { facts, now }: DraftFacts): boolean {
  return name === "lateBecause" && now > authorityDue(facts.awareAt);
}

function fieldsIn(sections: readonly Section[]): readonly FieldName[] {
  const lines = sections.flatMap(({ lines }) => lines);
  return lines.flatMap((line) => [...line.matchAll(FIELD)].map(([, name]) => name as FieldName));
}

/** The line with its fields, or nothing where one of them is missing: it was optional. */
function fill(line: string, from: DraftFacts): readonly string[] {
  let whole = true;
  const text = line.replaceAll(FIELD, (_, name: FieldName) => {
    const value = FIELDS[name](from);
    if (value === null) whole = false;
    return value ?? "";
  });
  return whole ? [text] : [];
}

function asText(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ heading, lines }) => [heading, ...lines].join("\n"));
  return `${[title, ...parts].join("\n\n")}\n`;
}

function asHtml(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ heading, lines }) => {
    const paragraphs = lines.map((line) => `<p>${escapeHtml(line)}</p>`);
    return `<h2>${escapeHtml(heading)}</h2>\n${paragraphs.join("\n")}`;
  });
  return [
    '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">',
    `<title>${escapeHtml(title)}</title></head>\n<body>\n<h1>${escapeHtml(title)}</h1>`,
    ...parts,
    "</body>\n</html>\n",
  ].join("\n");
}
