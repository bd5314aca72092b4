import { oneLine, type EpochMs } from "#kernel";

import type { Language } from "./language.ts";
import type { Phrase, SaidName } from "./phrases.ts";

/** A sentence, as what it says and with which facts: it is worded when a letter is written. */
export type Said = {
  readonly say: SaidName;
  readonly with: Readonly<Record<string, Fact>>;
};

/** A number, a name that is nobody's to translate, a day, or codes of the configuration. */
export type Fact =
  | number
  | string
  | { readonly day: EpochMs }
  | { readonly codes: readonly string[] };

export function say(what: SaidName, facts: Readonly<Record<string, Fact>> = {}): Said {
  return { say: what, with: facts };
}

export function codes(...names: readonly string[]): Fact {
  return { codes: names };
}

/** The sentence in a language. */
export function spoken(language: Language, { say: what, with: facts }: Said): string {
  const { count } = facts;
  const phrase = formOf(language, language.phrases.said[what], count);
  return phrase.replaceAll(/\{(\w+)\}/g, (_, name: string) => factIn(language, facts[name]!));
}

export function dayIn({ locale }: Language, at: EpochMs): string {
  const day = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  return new Date(at).toLocaleDateString(locale, day);
}

function formOf({ locale }: Language, phrase: Phrase, count: Fact | undefined): string {
  if (typeof phrase === "string") return phrase;
  if (typeof count !== "number") return phrase.other;
  return phrase[new Intl.PluralRules(locale).select(count)] ?? phrase.other;
}

function factIn(language: Language, fact: Fact): string {
  if (typeof fact === "number") return fact.toLocaleString(language.locale, { useGrouping: false });
  if (typeof fact === "string") return oneLine(fact);
  if ("day" in fact) return dayIn(language, fact.day);
  const named = fact.codes.map((code) =>
    Object.hasOwn(language.names, code) ? language.names[code]! : code.replaceAll(/[_-]/g, " "),
  );
  if (named.length === 0) return spoken(language, say("anyPurpose"));
  return new Intl.ListFormat(language.locale).format(named);
}
