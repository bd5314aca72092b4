import type { EpochMs } from "#kernel";

/** The letters of a request. */
export const LETTERS = [
  "proof",
  "acknowledgement",
  "extension",
  "answer",
  "denial",
  "lift",
  "recipients",
] as const;

export type LetterName = (typeof LETTERS)[number];

/** A letter that is ready to go out. It is kept in the request's sealed file. */
export type Letter = {
  readonly letter: LetterName;
  readonly at: EpochMs;
  readonly title: string;
  readonly text: string;
  /** The same, with everything escaped. */
  readonly html: string;
};
