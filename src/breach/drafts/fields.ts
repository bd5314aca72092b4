import { oneLine, type EpochMs } from "#kernel";
import type { Controller, Party } from "#policy";

import type { Findings, IncidentFacts, Phase } from "../incident.ts";
import type { BreachLanguage } from "./language.ts";

/** Everything that drafts are filled from. */
export interface DraftFacts {
  readonly controller: Controller | null;
  readonly facts: IncidentFacts;
  readonly file: Findings & {
    readonly description: string;
    readonly containmentActions: readonly string[];
    readonly phases: readonly Phase[];
  };
  /** Memories affected, as the log counts them; `null`: nobody asked it. */
  readonly items: number | null;
  readonly now: EpochMs;
}

/** A field in a line, in braces. */
export const FIELD = /\{(\w+)\}/g;

/** What a field says in a language; `null`: nobody has said it yet. */
type Reading = (from: DraftFacts, language: BreachLanguage) => string | null;

/** Every field that a draft may have, by the name under which it is asked for. */
export const FIELDS = {
  controller: ({ controller }) => controller && reach(controller),
  contact: ({ controller }) => controller && reach(controller.dpo ?? controller),
  website: ({ controller }) => {
    const party = controller?.dpo ?? controller;
    const { phone, email, website, address } = party?.contact ?? {};
    return listed([phone, email, website, address]);
  },
  description: ({ file }) => said(file.description),
  whatHappened: ({ file }) => said(file.whatHappened),
  kinds: ({ facts }) => facts.kinds.map((kind) => `breach of ${kind}`).join(", "),
  detected: ({ facts }) => instant(facts.detectedAt),
  discovered: ({ facts }, language) => day(language, facts.discoveredAt),
  happened: ({ facts: { began, ended } }, language) => began && period(language, began, ended),
  people: ({ facts }) => count(facts.affected),
  records: ({ file, items }) => {
    const records = file.records ?? items;
    return records === null ? null : count(records);
  },
  categories: ({ facts }, language) =>
    facts.categories.length === 0
      ? null
      : facts.categories.map((category) => named(language, category)).join(", "),
  consequences: ({ file }) => said(file.consequences),
  measures: ({ file }) => listed([...file.containmentActions, file.measures]),
  advice: ({ file }) => said(file.advice),
  lateBecause: ({ file }) => said(file.lateBecause),
  phases: ({ file }) =>
    listed(file.phases.map(({ at, text }) => `${instant(at)}: ${text}`)) ?? "none yet",
  residents: ({ facts }) =>
    listed(Object.entries(facts.residents).map(([state, residents]) => `${state}: ${residents}`)),
  safeguards: ({ facts: { encrypted } }, language) =>
    encrypted === null
      ? language.phrases.stored
      : worded(language.phrases.encrypted, { reason: named(language, encrypted) }),
  today: ({ now }, language) => day(language, now),
} as const satisfies Record<string, Reading>;

export type FieldName = keyof typeof FIELDS;

function said(text: string | undefined): string | null {
  const line = oneLine(text ?? "");
  return line === "" ? null : line;
}

function listed(texts: readonly (string | undefined)[]): string | null {
  const lines = texts.map(said).filter((text) => text !== null);
  return lines.length === 0 ? null : lines.join("; ");
}

function reach({ name, contact }: Party): string {
  const { email, phone, address, website } = contact;
  return listed([name, phone, email, website, address]) ?? "";
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function period(language: BreachLanguage, began: EpochMs, ended: EpochMs | null): string {
  const { since, period: whole } = language.phrases;
  const from = day(language, began);
  return ended === null
    ? worded(since, { from })
    : worded(whole, { from, to: day(language, ended) });
}

function worded(phrase: string, facts: Readonly<Record<string, string>>): string {
  return phrase.replaceAll(FIELD, (_, name: string) => facts[name] ?? "");
}

function named({ names }: BreachLanguage, code: string): string {
  return Object.hasOwn(names, code) ? names[code]! : code.replaceAll(/[_-]/g, " ");
}

function instant(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function day({ locale }: BreachLanguage, at: EpochMs): string {
  const form = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  return new Date(at).toLocaleDateString(locale, form);
}
