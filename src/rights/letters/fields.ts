import { oneLine, type EpochMs } from "#kernel";
import { lastDayOf } from "#law";
import type { Controller, Party } from "#policy";

import { DENIALS, EXTENSIONS, type DenialName, type ExtensionName } from "../requests/reasons.ts";
import { factsOf, type Request, type RequestRight } from "../requests/request.ts";

/** Everything that letters are filled from. */
export interface LetterFacts {
  readonly request: Request;
  readonly controller: Controller | null;
  readonly now: EpochMs;
  /** What the officer adds, in their own words. */
  readonly explanation?: string | undefined;
  /** What is held, in one number: where a law wants a simple statement at once. */
  readonly held?: number | undefined;
  /** Of an answer. */
  readonly outcome?: Outcome | undefined;
}

/** What executing a request came to. */
export interface Outcome {
  /** In sentences: what was done. */
  readonly did: readonly string[];
  /** What was kept, and on which ground. */
  readonly kept: readonly string[];
  /** When the last backup that still holds it ends; `null`: there is none. */
  readonly backupsUntil: EpochMs | null;
  readonly backups: number;
  /** Systems and recipients that were told. */
  readonly told: readonly string[];
  /** Recipients that nobody has told yet. */
  readonly untold: readonly string[];
}

/** What a field says; `null`: nobody has said it yet. */
type Reading = (from: LetterFacts) => string | null;

const ASKED: Readonly<Record<RequestRight, string>> = {
  access: "a copy of your data",
  erasure: "the erasure of your data",
  rectification: "the correction of your data",
  restriction: "that your data be stored and not used",
  portability: "your data in a form that other services can read",
  objection: "that your data no longer be used for certain purposes",
  "opt-out": "that your data be neither sold nor shared",
  "limit-use": "that your sensitive data be used only for what is necessary",
};

/** Every field that a letter may have, by the name that stands in braces. */
export const FIELDS = {
  controller: ({ controller }) => controller && said(controller.name),
  contact: ({ controller }) => controller && reach(controller.dpo ?? controller),
  reference: ({ request }) => request.id,
  asked: ({ request }) => ASKED[factsOf(request).right as string as RequestRight],
  received: ({ request }) => day(factsOf(request).receivedAt),
  answerBy: ({ request }) => dueDay(factsOf(request).answerBy),
  extendedFrom: ({ request }) => {
    const { extendedAt, statutory } = factsOf(request);
    const first = Math.min(...statutory.map(({ dueAt }) => dueAt));
    return extendedAt === null ? null : dueDay(first as EpochMs);
  },
  extensionReason: ({ request }) => {
    const { reason } = factsOf(request);
    return reason !== null && Object.hasOwn(EXTENSIONS, reason)
      ? EXTENSIONS[reason as string as ExtensionName]
      : null;
  },
  denialReason: ({ request }) => denial(request)?.says ?? null,
  denialArticle: ({ request }) => denial(request)?.article ?? null,
  first: ({ held }) =>
    held === undefined ? null : `we hold ${held} ${held === 1 ? "memory" : "memories"} of you.`,
  explanation: ({ explanation }) => said(explanation),
  did: ({ outcome }) => sentences(outcome?.did),
  kept: ({ outcome }) => sentences(outcome?.kept),
  backups: ({ outcome }) => {
    if (outcome === undefined || outcome.backups === 0) return null;
    return outcome.backupsUntil === null ? "with no known end" : `on ${day(outcome.backupsUntil)}`;
  },
  told: ({ outcome }) => listed(outcome?.told),
  untold: ({ outcome }) => listed(outcome?.untold),
  today: ({ now }) => day(now),
} as const satisfies Record<string, Reading>;

export type FieldName = keyof typeof FIELDS;

function denial(request: Request): (typeof DENIALS)[DenialName] | null {
  const { reason } = factsOf(request);
  return reason !== null && Object.hasOwn(DENIALS, reason)
    ? DENIALS[reason as string as DenialName]
    : null;
}

function said(text: string | undefined): string | null {
  const line = oneLine(text ?? "");
  return line === "" ? null : line;
}

function sentences(texts: readonly string[] = []): string | null {
  return texts.length === 0 ? null : texts.map(oneLine).join(" ");
}

function listed(texts: readonly string[] = []): string | null {
  return texts.length === 0 ? null : texts.map(oneLine).join(", ");
}

function reach({ name, contact }: Party): string {
  const { email, phone, address, website } = contact;
  const parts = [name, email, phone, address, website].filter((part) => part !== undefined);
  return parts.map(oneLine).join(", ");
}

function dueDay(due: EpochMs): string {
  return day(Date.parse(lastDayOf(due)) as EpochMs);
}

function day(at: EpochMs): string {
  const date = new Date(at);
  const month = date.toLocaleString("en", { month: "long", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`;
}
