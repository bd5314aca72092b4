import { describe, OubliError, pathWord, type Word } from "#kernel";
import * as z from "zod";

import {
  ENGLISH_PHRASES,
  fieldsIn,
  type BreachLanguage,
  type BreachLanguages,
  type BreachPhrases,
  type BreachTexts,
  type PeopleLetterText,
} from "./language.ts";
import { PEOPLE_DRAFTS, TEMPLATES, type PeopleDraft } from "./templates.ts";

/** Of a language that letters are written in, what is for letters about an incident. */
interface Given {
  readonly breach?: unknown;
  readonly names?: Readonly<Record<string, string>>;
}

const text = z.string().min(1).max(4096);
const letter = z.strictObject({
  title: text,
  sections: z
    .array(z.strictObject({ heading: text, lines: z.array(text).min(1).max(50) }))
    .min(1)
    .max(50),
});
const phrases = Object.fromEntries(Object.keys(ENGLISH_PHRASES).map((name) => [name, text]));
const texts = z.strictObject({
  letters: z.strictObject(
    Object.fromEntries(PEOPLE_DRAFTS.map((name) => [name, letter.optional()])),
  ),
  phrases: z.strictObject(phrases),
});

/**
 * The languages in which an application gives letters about an incident. What could leave a gap in
 * one is refused here, before there is any.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function givenBreachLanguages(
  given: Readonly<Record<string, Given>> | undefined,
): BreachLanguages {
  const languages = Object.entries(given ?? {}).flatMap(([tag, { breach, names = {} }]) =>
    breach === undefined ? [] : [languageOf(tag, breach, names)],
  );
  return new Map(languages.map((language) => [language.tag, language]));
}

function languageOf(tag: string, given: unknown, names: BreachLanguage["names"]): BreachLanguage {
  const path = ["letters", tag, "breach"];
  const result = texts.safeParse(given);
  if (!result.success) {
    const [{ path: at, message }] = result.error.issues as [z.core.$ZodIssue];
    throw refusal([...path, ...at.map(String)], given, message);
  }
  const read = result.data as unknown as BreachTexts;
  for (const [name, one] of Object.entries(read.letters)) {
    if (one !== undefined) refuseGaps(name as PeopleDraft, one, [...path, "letters", name]);
  }
  for (const [name, phrase] of Object.entries(read.phrases)) {
    const ours = ENGLISH_PHRASES[name as keyof BreachPhrases];
    refuseOther(fieldsIn(phrase), fieldsIn(ours), [...path, "phrases", name]);
  }
  return { tag, locale: tag, names, ...read };
}

/** Every field of ours stands in theirs; one that may be missing has a line of its own. */
function refuseGaps(
  name: PeopleDraft,
  { title, sections }: PeopleLetterText,
  path: readonly string[],
): void {
  const ours = TEMPLATES[name].sections.flatMap(({ lines }) => lines).flatMap(fieldsIn);
  const lines = sections.flatMap((section) => section.lines);
  refuseOther(lines.flatMap(fieldsIn), ours, path);
  for (const bare of [title, ...sections.map(({ heading }) => heading)]) {
    if (fieldsIn(bare).length > 0) throw refusal(path, bare, "no field in a title or a heading");
  }
  const optional: ReadonlySet<string> = new Set(TEMPLATES[name].optional);
  const shared = lines
    .map(fieldsIn)
    .find((fields) => fields.length > 1 && fields.some((field) => optional.has(field)));
  if (shared !== undefined) throw refusal(path, shared, "a line of its own for each of these");
}

function refuseOther(
  given: readonly string[],
  ours: readonly string[],
  path: readonly string[],
): void {
  const unlike = new Set(given).symmetricDifference(new Set(ours));
  if (unlike.size === 0) return;
  const accepted = [...new Set(ours)].map((name) => `{${name}}`).join(" | ");
  throw refusal(path, [...unlike], accepted || "no field");
}

function refusal(path: readonly string[], given: unknown, accepted: string): OubliError {
  const details = {
    field: pathWord([...path]),
    given: describe(given),
    accepted: accepted as Word,
  };
  return new OubliError("CONFIG_INVALID", details);
}
