import { oneLine, type EpochMs } from "#kernel";
import { lastDayOf } from "#law";
import type { Controller, Party } from "#policy";

import { DENIALS } from "../requests/reasons.ts";
import { factsOf, type Request, type RequestRight } from "../requests/request.ts";
import type { Language } from "./language.ts";
import { dayIn, say, spoken, type Said } from "./say.ts";

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
  /** Of an answer: who knows of it by now. */
  readonly spread?: Spread | undefined;
}

/** What executing a request came to. */
export type Outcome = {
  /** In sentences: what was done. */
  readonly did: readonly Said[];
  /** What was kept, and on which ground. */
  readonly kept: readonly Said[];
  /** Of an erasure: whether copies are left, and until when. */
  readonly final: Said | null;
};

/** Who else has to know of it, and does or does not. */
export interface Spread {
  /** Systems and recipients that were told. */
  readonly told: readonly string[];
  /** Recipients that nobody has told yet. */
  readonly untold: readonly string[];
  /** Systems of the controller's own that nobody has changed yet: nothing was given to them. */
  readonly unchanged: readonly string[];
  /** Who is not told, and why not. */
  readonly notTold: readonly Said[];
}

/** What a field says in a language; `null`: nobody has said it yet. */
type Reading = (from: LetterFacts, language: Language) => string | null;

/** Every field that a letter may have, by the name that stands in braces. */
export const FIELDS = {
  controller: ({ controller }) => controller && said(controller.name),
  contact: ({ controller }) => controller && reach(controller.dpo ?? controller),
  reference: ({ request }) => request.id,
  asked: ({ request }, { phrases }) =>
    phrases.asked[factsOf(request).right as string as RequestRight],
  received: ({ request }, language) => dayIn(language, factsOf(request).receivedAt),
  answerBy: ({ request }, language) => dueDay(language, factsOf(request).answerBy),
  extendedFrom: ({ request }, language) => {
    const { extendedAt, statutory } = factsOf(request);
    const first = Math.min(...statutory.map(({ dueAt }) => dueAt));
    return extendedAt === null ? null : dueDay(language, first as EpochMs);
  },
  extensionReason: ({ request }, { phrases }) => reasonIn(request, phrases.extended),
  denialReason: ({ request }, { phrases }) => reasonIn(request, phrases.denied),
  denialArticle: ({ request }) => reasonIn(request, ARTICLES),
  first: ({ held }, language) =>
    held === undefined ? null : spoken(language, say("first", { count: held })),
  explanation: ({ explanation }) => said(explanation),
  did: ({ outcome }, language) => sentences(language, outcome?.did),
  kept: ({ outcome, spread }, language) =>
    sentences(language, [...(outcome?.kept ?? []), ...(spread?.notTold ?? [])]),
  final: ({ outcome }, language) => (outcome?.final ? spoken(language, outcome.final) : null),
  told: ({ spread }) => listed(spread?.told),
  untold: ({ spread }) => listed(spread?.untold),
  unchanged: ({ spread }) => listed(spread?.unchanged),
  today: ({ now }, language) => dayIn(language, now),
} as const satisfies Record<string, Reading>;

export type FieldName = keyof typeof FIELDS;

const ARTICLES = Object.fromEntries(
  Object.entries(DENIALS).map(([name, { article }]) => [name, article]),
);

function reasonIn(request: Request, texts: Readonly<Record<string, string>>): string | null {
  const { reason } = factsOf(request);
  return reason !== null && Object.hasOwn(texts, reason) ? texts[reason]! : null;
}

function said(text: string | undefined): string | null {
  const line = oneLine(text ?? "");
  return line === "" ? null : line;
}

function sentences(language: Language, all: readonly Said[] = []): string | null {
  return all.length === 0 ? null : all.map((one) => spoken(language, one)).join(" ");
}

function listed(texts: readonly string[] = []): string | null {
  return texts.length === 0 ? null : texts.map(oneLine).join(", ");
}

function reach({ name, contact }: Party): string {
  const { email, phone, address, website } = contact;
  const parts = [name, email, phone, address, website].filter((part) => part !== undefined);
  return parts.map(oneLine).join(", ");
}

function dueDay(language: Language, due: EpochMs): string {
  return dayIn(language, Date.parse(lastDayOf(due)) as EpochMs);
}
