import { describe, OubliError, pathWord, type Word } from "#kernel";

import { fieldsIn } from "./fill.ts";
import {
  DEFAULT_LANGUAGE,
  ENGLISH,
  type Language,
  type Languages,
  type LetterTexts,
} from "./language.ts";
import { LETTERS, type LetterName } from "./letter.ts";
import type { Phrase } from "./phrases.ts";
import { OPTIONAL } from "./templates.ts";

/** A language's tag, with its region or script at most. @source RFC 5646 */
const TAG = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/;

/** Fields that are known of every letter, whether or not ours names them. */
const ALWAYS = ["controller", "contact", "reference", "asked", "received", "answerBy", "today"];

const TEXT_MAX = 4096;
const PARAGRAPHS_MAX = 50;

type Path = readonly string[];

/**
 * The languages that letters are written in: English, and those that an application gives. What
 * could leave a gap in a letter is refused here, before anybody asked for anything.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function givenLanguages(
  given: Readonly<Record<string, LetterTexts>> | undefined,
): Languages {
  const languages = Object.entries(given ?? {}).map(([tag, texts]) => languageOf(tag, texts));
  return new Map([ENGLISH, ...languages].map((language) => [language.tag, language]));
}

function languageOf(tag: string, given: unknown): Language {
  const path = ["letters", tag];
  const known = TAG.test(tag) && Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  if (!known || tag === DEFAULT_LANGUAGE) {
    throw refusal(["letters"], tag, "the tag of a language that dates can be written in, not en");
  }
  const { templates, phrases, names } = ENGLISH;
  // What is said about an incident is that room's to check.
  const ours = { templates, phrases, names, breach: null };
  const texts = members(given, path, ours, ["names", "breach"]);
  return {
    tag,
    locale: tag,
    templates: templatesIn(texts["templates"], [...path, "templates"]),
    phrases: phrasesIn(texts["phrases"], [...path, "phrases"]),
    names: namesIn(texts["names"] ?? {}, [...path, "names"]),
  };
}

function templatesIn(given: unknown, path: Path): Language["templates"] {
  const letters = members(given, path, ENGLISH.templates);
  return Object.fromEntries(
    LETTERS.map((letter) => [letter, templateIn(letter, letters[letter], [...path, letter])]),
  ) as unknown as Language["templates"];
}

function templateIn(letter: LetterName, given: unknown, path: Path) {
  const { title, paragraphs } = members(given, path, ENGLISH.templates[letter]);
  const at = [...path, "paragraphs"];
  if (!Array.isArray(paragraphs) || paragraphs.length > PARAGRAPHS_MAX) {
    throw refusal(at, paragraphs, `a list of at most ${PARAGRAPHS_MAX} paragraphs`);
  }
  const texts = paragraphs.map((paragraph) => textIn(paragraph, at));
  refuseGaps(letter, texts, at);
  return { title: withFields(title, [], [...path, "title"]), paragraphs: texts };
}

/**
 * Every field that ours names stands in theirs. One that may be missing takes its paragraph with it,
 * so that no other may stand in it that has to be said.
 */
function refuseGaps(letter: LetterName, paragraphs: readonly string[], path: Path): void {
  const ours = new Set(ENGLISH.templates[letter].paragraphs.flatMap(fieldsIn));
  const accepted = [...ours.union(new Set(ALWAYS))].toSorted();
  const alone = new Set<string>();
  for (const paragraph of paragraphs) {
    const fields = fieldsIn(paragraph);
    refuseUnknown(fields, accepted, path);
    const optional = fields.filter((name) => OPTIONAL.has(name));
    if (new Set(optional).size > 1) {
      throw refusal(path, optional[1], `one paragraph each: ${optional.join(", ")}`);
    }
    for (const name of optional.length === 0 ? fields : optional) alone.add(name);
  }
  const missing = [...ours].find((name) => !alone.has(name));
  if (missing !== undefined) {
    throw refusal(path, undefined, `{${missing}}, in a paragraph that is always there`);
  }
}

function refuseUnknown(fields: readonly string[], accepted: readonly string[], path: Path): void {
  const unknown = fields.find((name) => !accepted.includes(name));
  if (unknown !== undefined) throw refusal(path, unknown, accepted.join(" | ") || "no field");
}

function phrasesIn(given: unknown, path: Path): Language["phrases"] {
  const groups = members(given, path, ENGLISH.phrases);
  const read = Object.entries(ENGLISH.phrases).map(([group, ours]) => {
    const at = [...path, group];
    const theirs = members(groups[group], at, ours);
    const phrases = Object.entries(ours as Record<string, Phrase>).map(([name, phrase]) => [
      name,
      phraseIn(phrase, theirs[name], [...at, name]),
    ]);
    return [group, Object.fromEntries(phrases)];
  });
  return Object.fromEntries(read) as Language["phrases"];
}

/** A form for one thing, or for two, need not say the number. */
function phraseIn(ours: Phrase, given: unknown, path: Path): Phrase {
  const wanted = [...new Set(fieldsIn(typeof ours === "string" ? ours : ours.other))];
  if (typeof given !== "object" || given === null) return withFields(given, wanted, path);
  if (typeof ours === "string") throw refusal(path, given, "a text");
  const forms = members(given, path, PLURALS, ["zero", "one", "two", "few", "many"]);
  const read = Object.entries(forms).map(([form, text]) => {
    const needed = form === "other" ? wanted : wanted.filter((name) => name !== "count");
    return [form, withFields(text, needed, [...path, form], wanted)];
  });
  return Object.fromEntries(read) as Phrase;
}

const PLURALS = { zero: "", one: "", two: "", few: "", many: "", other: "" };

function withFields(
  given: unknown,
  needed: readonly string[],
  path: Path,
  accepted: readonly string[] = needed,
): string {
  const text = textIn(given, path);
  const fields = fieldsIn(text);
  refuseUnknown(fields, accepted, path);
  const missing = needed.find((name) => !fields.includes(name));
  if (missing !== undefined) throw refusal(path, undefined, `{${missing}}`);
  return text;
}

function namesIn(given: unknown, path: Path): Language["names"] {
  if (typeof given !== "object" || given === null) throw refusal(path, given, "names by code");
  return Object.fromEntries(
    Object.entries(given).map(([code, name]) => [code, withFields(name, [], [...path, code])]),
  );
}

/** The members that ours has, and no others. */
function members(
  given: unknown,
  path: Path,
  ours: object,
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const names = Object.keys(ours);
  if (typeof given !== "object" || given === null) {
    throw refusal(path, given, names.join(" | "));
  }
  const odd = Object.keys(given).find((name) => !names.includes(name));
  if (odd !== undefined) throw refusal(path, odd, names.join(" | "));
  const missing = names.find((name) => !optional.includes(name) && !Object.hasOwn(given, name));
  if (missing !== undefined) throw refusal([...path, missing], undefined, "what the letters need");
  return given as Record<string, unknown>;
}

function textIn(given: unknown, path: Path): string {
  const isText = typeof given === "string" && given.trim() !== "" && given.length <= TEXT_MAX;
  if (!isText || !given.isWellFormed()) {
    throw refusal(path, given, `a text of at most ${TEXT_MAX} characters`);
  }
  const odd = /[{}]/.test(given.replaceAll(/\{\w+\}/g, ""));
  if (odd) throw refusal(path, given, "no braces but those of a {field}");
  return given;
}

/** A name that a programmer wrote. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function refusal(path: Path, given: unknown, accepted: string): OubliError {
  return new OubliError("CONFIG_INVALID", {
    field: pathWord(path),
    given: typeof given === "string" && NAME.test(given) ? (given as Word) : describe(given),
    accepted: accepted as Word,
  });
}
