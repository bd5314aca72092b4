import { FIELD } from "./fields.ts";
import { TEMPLATES, type PeopleDraft, type Section } from "./templates.ts";

/** A letter to the people, as an application gives it in a language of its own. */
export interface PeopleLetterText {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** What fields say in words; each has the fields of the English one. */
export interface BreachPhrases {
  readonly since: string;
  readonly period: string;
  readonly stored: string;
  readonly encrypted: string;
}

/** What an application gives of letters about an incident, for one language. */
export interface BreachTexts {
  /** By their names; those that a law in force asks for have to be there to write in it. */
  readonly letters: Readonly<Partial<Record<PeopleDraft, PeopleLetterText>>>;
  readonly phrases: BreachPhrases;
}

/** A language that letters about an incident are written in. */
export interface BreachLanguage extends BreachTexts {
  readonly tag: string;
  /** For dates. */
  readonly locale: string;
  /** Codes, such as categories of data, as they are to be read. */
  readonly names: Readonly<Record<string, string>>;
}

/** By their tags. English is always there, and not among them. */
export type BreachLanguages = ReadonlyMap<string, BreachLanguage>;

export const ENGLISH_PHRASES: BreachPhrases = {
  since: "from {from}",
  period: "from {from} to {to}",
  stored:
    "The data are stored encrypted; that does not protect what was read through a valid access.",
  encrypted: "The data were encrypted ({reason}).",
};

export const ENGLISH: BreachLanguage = {
  tag: "en",
  locale: "en-GB",
  letters: TEMPLATES,
  phrases: ENGLISH_PHRASES,
  names: {},
};

export function fieldsIn(line: string): readonly string[] {
  return [...line.matchAll(FIELD)].map(([, name]) => name!);
}
