import type { Case, CaseRow } from "#cases";
import type { CaseId, EpochMs, ErasureId, NodeId, RestrictionId, Word } from "#kernel";
import { RIGHTS, type Right } from "#law";

import type { Outcome } from "../letters/fields.ts";
import type { Letter } from "../letters/letter.ts";
import type { Recipient } from "./recipients-of.ts";

export type RequestRight = Right;

export const REQUEST_RIGHTS = RIGHTS;

/** How sure it is that the asker is the person. `none`: this right asks for no proof. */
export type Identity = "session" | "code" | "none" | "unproven";

/** What stays readable, and stays after the file is destroyed: the log of requests. */
export type RequestFacts = {
  readonly right: Word & RequestRight;
  /** How it came: a configured mechanism. */
  readonly manner: Word;
  /** Of the letters; absent: English. */
  readonly language?: Word;
  readonly identity: Word & Identity;
  /** When it came in: the clocks run from then on. */
  readonly receivedAt: EpochMs;
  /** The office's own date: the earliest over every law in force, or what an extension made it. */
  readonly answerBy: EpochMs;
  readonly acknowledgeBy: EpochMs | null;
  /** What one law wants earlier: a first, simple statement. */
  readonly firstBy: EpochMs | null;
  /** To when it may be extended; `null`: it may not. */
  readonly extendableTo: EpochMs | null;
  readonly statutory: readonly Statutory[];
  readonly acknowledgedAt: EpochMs | null;
  readonly extendedAt: EpochMs | null;
  readonly answeredAt: EpochMs | null;
  /** The shares of its time that were warned of, in per cent. */
  readonly warned: readonly number[];
  readonly waitingFor: readonly Word[];
  /** Why it was denied, or extended. */
  readonly reason: Word | null;
  readonly exceptions: readonly Word[];
  readonly duplicateOf: CaseId | null;
  /** Who outside has to know of it; absent before anybody was told, or asked about. */
  readonly recipients?: readonly Recipient[];
  /** What was restricted for it. */
  readonly restrictions: readonly RestrictionId[];
  /** When the person was told that their restriction ends. */
  readonly liftToldAt: EpochMs | null;
  /** What was done, in numbers. */
  readonly counts: { readonly [name: string]: number };
  /** What a restore lost of its file, and who advances it says again; absent: nothing. */
  readonly missing?: readonly Word[];
  /** The person asked who is told of it. @source GDPR Art. 19 */
  readonly informs?: boolean;
  /** Somebody was told after the answer had gone out, and the person does not know yet. */
  readonly toInform?: boolean;
};

export type Statutory = {
  readonly law: Word;
  readonly dueAt: EpochMs;
  readonly extendedTo: EpochMs | null;
};

/** What only some rights need to know. */
export type Wanted = {
  readonly corrections?: readonly { readonly node: NodeId; readonly content: string }[];
  /** Objection, opt-out, limited use: which purposes. */
  readonly purposes?: readonly Word[];
  /** Restriction: on which of the four grounds. */
  readonly ground?: Word;
  /** Who is told of it: asked for with any right. */
  readonly recipients?: boolean;
};

/** The sealed part. It goes when the answer has reached the person. */
export type RequestFile = {
  /** Who the asker says they are, in the application's words. */
  readonly externalId: string;
  /** Further names by which other systems know them. */
  readonly identifiers: { readonly [kind: string]: string };
  /** In their own words. */
  readonly details: string | null;
  readonly wanted: Wanted;
  readonly code: IssuedCode | null;
  readonly letters: readonly Letter[];
  /** What executing has done so far, so that it goes on where it stopped. */
  readonly done: Done;
  /** Once it is answered: what the letter is written from again, until it is sent. */
  readonly answer?: Answer;
};

/** What an answer says, but for who was told of it since. */
export type Answer = {
  readonly outcome: Outcome;
  readonly reached: readonly Word[];
  readonly systems: readonly Word[];
  readonly explanation: string | null;
};

/** A one-time code: the hash alone is kept. */
export type IssuedCode = {
  readonly salt: string;
  readonly hash: string;
  readonly expiresAt: EpochMs;
  /** Of this request, over all of its codes. */
  readonly attempts: number;
  readonly issued: number;
};

export type Done = {
  readonly erasure?: ErasureId;
  /** The package that was made for it. */
  readonly package?: MadeFor;
  /** The accounting of disclosures that was made for it: how many lines it has. */
  readonly accounting?: { readonly listed: number };
};

/** What the answer to an access request was made of. */
export type MadeFor = {
  readonly madeAt: EpochMs;
  readonly records: number;
  /** How much it leaves out of what is held, by reason; absent: nothing. */
  readonly withheld?: { readonly [reason: string]: number };
  /** The systems that did not give all that they have, each before its reason. */
  readonly failed: readonly Word[];
};

/** A request of a person, as a case. */
export type Request = Case<RequestFile>;

export function factsOf({ facts }: Pick<CaseRow, "facts">): RequestFacts {
  return facts as unknown as RequestFacts;
}
