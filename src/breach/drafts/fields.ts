import { oneLine, type EpochMs } from "#kernel";
import type { Controller, Party } from "#policy";

import type { Findings, IncidentFacts, Phase } from "../incident.ts";

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

/** What a field says; `null`: nobody has said it yet. */
type Reading = (from: DraftFacts) => string | null;

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
  discovered: ({ facts }) => day(facts.discoveredAt),
  happened: ({ facts: { began, ended } }) => began && period(began, ended),
  people: ({ facts }) => count(facts.affected),
  records: ({ file, items }) => {
    const records = file.records ?? items;
    return records === null ? null : count(records);
  },
  categories: ({ facts }) =>
    facts.categories.length === 0
      ? null
      : facts.categories.map((category) => category.replaceAll("_", " ")).join(", "),
  consequences: ({ file }) => said(file.consequences),
  measures: ({ file }) => listed([...file.containmentActions, file.measures]),
  advice: ({ file }) => said(file.advice),
  lateBecause: ({ file }) => said(file.lateBecause),
  phases: ({ file }) =>
    listed(file.phases.map(({ at, text }) => `${instant(at)}: ${text}`)) ?? "none yet",
  residents: ({ facts }) =>
    listed(Object.entries(facts.residents).map(([state, residents]) => `${state}: ${residents}`)),
  safeguards: ({ facts: { encrypted } }) =>
    encrypted === null
      ? "The data are stored encrypted; that does not protect what was read through a valid access."
      : `The data were encrypted (${encrypted.replaceAll("-", " ")}).`,
  today: ({ now }) => day(now),
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

function period(began: EpochMs, ended: EpochMs | null): string {
  return ended === null ? `from ${day(began)}` : `from ${day(began)} to ${day(ended)}`;
}

function instant(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function day(at: EpochMs): string {
  const date = new Date(at);
  const month = date.toLocaleString("en", { month: "long", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`;
}
