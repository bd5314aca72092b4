import type { BreachTexts } from "#breach";

import type { LetterName } from "./letter.ts";
import { ENGLISH_NAMES, ENGLISH_PHRASES, type Phrases } from "./phrases.ts";
import { ENGLISH_TEMPLATES, type Template } from "./templates.ts";

/** What an application gives for one language: every letter, and every phrase that fills them. */
export interface LetterTexts {
  readonly templates: Readonly<Record<LetterName, Template>>;
  readonly phrases: Phrases;
  /** Codes of the configuration, as they are to be read: purposes, reasons of holds, grounds. */
  readonly names?: Readonly<Record<string, string>>;
  /** The letters about an incident; without them it is written about in English. */
  readonly breach?: BreachTexts;
}

/** A language that letters are written in. */
export interface Language extends Required<Omit<LetterTexts, "breach">> {
  /** For dates, numbers and lists. */
  readonly locale: string;
  readonly tag: string;
}

/** By their tags; English is always among them. */
export type Languages = ReadonlyMap<string, Language>;

export const DEFAULT_LANGUAGE = "en";

export const ENGLISH: Language = {
  tag: DEFAULT_LANGUAGE,
  // Day before month, and no comma before the last of a list.
  locale: "en-GB",
  templates: ENGLISH_TEMPLATES,
  phrases: ENGLISH_PHRASES,
  names: ENGLISH_NAMES,
};
