import { word, type EpochMs, type Word } from "#kernel";

import type { RequestFacts } from "./request.ts";

/** Why somebody need not be told. @source GDPR Art. 19 */
export const UNTOLD_GROUNDS = ["impossible", "disproportionate-effort"] as const;

export type UntoldGround = (typeof UNTOLD_GROUNDS)[number];

/** Somebody outside who has the data as they were, and what became of telling them. */
export type Recipient = {
  /** A processor, or another system, by its name in the configuration. */
  readonly recipient: Word;
  /** `null`: nobody has told them yet. */
  readonly toldAt: EpochMs | null;
  /** Why they are not told; `null` where they are, or still have to be. */
  readonly because: (Word & UntoldGround) | null;
};

/** Those of a request; one from before they were written down has none. */
export function recipientsOf({ recipients = [] }: Pick<RequestFacts, "recipients">) {
  return recipients;
}

/** Those who have to be told, and are not. */
export function stillToTell(recipients: readonly Recipient[]): readonly Word[] {
  return recipients.flatMap(({ recipient, toldAt, because }) =>
    toldAt === null && because === null ? [recipient] : [],
  );
}

/** The list with each of these in the place of what it said of them; those that are new come last. */
export function withRecipients(
  all: readonly Recipient[],
  ...changed: readonly Recipient[]
): readonly Recipient[] {
  const byName = new Map([...all, ...changed].map((one) => [one.recipient, one]));
  return [...byName.values()];
}

const NOT_TOLD = word("recipients-not-told");
const NOT_TELLABLE = word("recipients-not-tellable");

/** The exceptions of an answer that rest on who was not told. */
export const UNTOLD: readonly Word[] = [NOT_TOLD, NOT_TELLABLE];

/** Why an answer is not complete, for those who were not told of it. */
export function untoldAs(recipients: readonly Recipient[]): readonly Word[] {
  return [
    ...(stillToTell(recipients).length > 0 ? [NOT_TOLD] : []),
    ...(recipients.some(({ because }) => because !== null) ? [NOT_TELLABLE] : []),
  ];
}
