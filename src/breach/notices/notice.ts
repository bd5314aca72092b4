import type { Case, CaseFacts, CaseRow } from "#cases";
import type { EpochMs, SubjectId } from "#kernel";

import type { Recipient } from "../duties.ts";

/** Why the officer is told. */
export type AlertAbout = "opened" | "raised" | "due-soon" | "overdue" | "letters-failed";

/** An alert to the officer. */
export type AlertFacts = {
  readonly to: "dpo";
  readonly about: AlertAbout;
  /** The duty that it is about. */
  readonly duty: string | null;
  readonly attempts: number;
  /** The notifiers that have sent it. */
  readonly sentBy: readonly string[];
};

/** Letters to some of the people. */
export type LettersFacts = {
  readonly to: "people";
  readonly people: number;
  readonly sent: number;
  /** Whom nobody could reach: for a substitute notice. */
  readonly unreached: number;
  readonly attempts: number;
};

/** Somebody who is to be told by the officer's own hand. */
export type TaskFacts = {
  readonly to: Recipient;
  readonly duty: string;
  readonly law: string;
  readonly deadline: EpochMs | null;
  readonly exempt: string | null;
  readonly doneAt: EpochMs | null;
};

export type NoticeFacts = AlertFacts | LettersFacts | TaskFacts;

/** What is sealed of letters: whose they are, and who was told by which notifier. */
export type LettersFile = {
  readonly people: readonly SubjectId[];
  readonly told: { readonly [notifier: string]: readonly SubjectId[] };
  readonly noAddress: { readonly [notifier: string]: readonly SubjectId[] };
};

export type NoticeFile = LettersFile | { readonly none: true };

export type Notice = Case<NoticeFile>;

/** An alert and a task have nothing to seal. */
export const NOTHING: NoticeFile = { none: true };

export function noticeFacts({ facts }: CaseRow): NoticeFacts {
  return facts as unknown as NoticeFacts;
}

/** Every text in it is one of this room's own words. */
export function readableNotice(facts: NoticeFacts): CaseFacts {
  return facts as unknown as CaseFacts;
}

export function isAlert(facts: NoticeFacts): facts is AlertFacts {
  return facts.to === "dpo";
}

export function isLetters(facts: NoticeFacts): facts is LettersFacts {
  return facts.to === "people";
}

export function isTask(facts: NoticeFacts): facts is TaskFacts {
  return "duty" in facts && facts.to !== "dpo";
}
