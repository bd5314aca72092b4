import { NEVER_RETURNED } from "../package/never-returned.ts";
import { DENIALS, EXTENSIONS, type DenialName, type ExtensionName } from "../requests/reasons.ts";
import type { RequestRight } from "../requests/request.ts";

/** A part of a sentence; where a number decides its form, one for each that the language has. */
export type Phrase = string | PhraseForms;

/** By the plural categories of Unicode; what is not there is said as `other`. */
export type PhraseForms = Readonly<
  Partial<Record<Exclude<Intl.LDMLPluralRule, "other">, string>>
> & {
  readonly other: string;
};

/** What was asked for: "… you asked us {asked}." */
const ASKED: Readonly<Record<RequestRight, string>> = {
  access: "for a copy of your data",
  erasure: "for the erasure of your data",
  rectification: "for the correction of your data",
  restriction: "to store your data and not to use them",
  portability: "for your data in a form that other services can read",
  objection: "to stop using your data for certain purposes",
  "opt-out": "neither to sell nor to share your data",
  "limit-use": "to use your sensitive data only for what is necessary",
  accounting: "for a list of those to whom your health information was given",
};

/** Whole sentences: what was done, what was kept, and what became of the copies. */
const SAID = {
  first: {
    one: "we hold {count} memory of you.",
    other: "we hold {count} memories of you.",
  },
  copy: {
    one: "Your copy holds {count} record, why and how long we keep it, whom we gave it to, and what you may ask of us.",
    other:
      "Your copy holds {count} records, why and how long we keep them, whom we gave them to, and what you may ask of us.",
  },
  leftOut: {
    one: "In {count} place it leaves out something that we hold: {reasons}.",
    other: "In {count} places it leaves out something that we hold: {reasons}.",
  },
  heldBack: {
    one: "We hold {count} record more, and it is not in there: {reasons}.",
    other: "We hold {count} records more, and they are not in there: {reasons}.",
  },
  accounted: {
    one: "The list has {count} line; what was given for your treatment, for its payment or for running the service need not be in it.",
    other:
      "The list has {count} lines; what was given for your treatment, for its payment or for running the service need not be in it.",
  },
  portable: {
    one: 'Your data are in a package of {count} record; its folder "portable" is for other services.',
    other:
      'Your data are in a package of {count} records; its folder "portable" is for other services.',
  },
  erased: {
    one: "We erased {count} memory of you and all that was made from it.",
    other: "We erased {count} memories of you and all that was made from them.",
  },
  erasedElsewhere: {
    one: "{count} record in other systems went as well.",
    other: "{count} records in other systems went as well.",
  },
  backupsElsewhere:
    "Backups of {system} may hold copies that nobody uses, until {until} at the latest.",
  corrected: {
    one: "We corrected {count} record; the old wording can no longer be read.",
    other: "We corrected {count} records; the old wording can no longer be read.",
  },
  restricted: "Your data are stored and not used for anything. We will tell you before that ends.",
  stopped: "Your data are no longer used for {purposes}.",
  neverUsed: "Your sensitive data were used only for what is necessary, and still are.",
  notShared: "Your data are neither sold nor shared ({purposes}).",
  anyPurpose: "any purpose of this kind",
  erasedMeanwhile:
    "Your data were erased meanwhile: nothing is left here for which it could be done.",
  keptByHold: {
    one: "A legal hold keeps {count} memory, used for nothing else.",
    other: "A legal hold keeps {count} memories, used for nothing else.",
  },
  keptFor: {
    one: "{count} memory must be kept for now: {reason} (GDPR Art. 17(3)).",
    other: "{count} memories must be kept for now: {reason} (GDPR Art. 17(3)).",
  },
  keptIn: {
    one: "In {system} we keep {count} record without your name, as {ground} asks.",
    other: "In {system} we keep {count} records without your name, as {ground} asks.",
  },
  keptInUntil: {
    one: "In {system} we keep {count} record without your name, as {ground} asks until {until}.",
    other: "In {system} we keep {count} records without your name, as {ground} asks until {until}.",
  },
  keptAsIs: "A legal hold keeps some records as they are (GDPR Art. 17(3)(e)).",
  notThere: "Some records are no longer there.",
  notTellable: "We could not tell {system}: that proved impossible (GDPR Art. 19).",
  notWorthTelling:
    "We did not tell {system}: that would have taken a disproportionate effort (GDPR Art. 19).",
  final: "This is final: no copy of it can be opened any more, in our backups either.",
  finalBy:
    "This is carried out, and not final yet. Our backups may still hold copies, which nobody uses, until {until}. It is final once the last of them has ended, or sooner, when the keys that could open them are destroyed.",
  finalOpen:
    "This is carried out, and not final yet. Our backups may still hold copies, which nobody uses, and there is no known end of them. It is final once the keys that could open them are destroyed.",
  finalSoon:
    "This is carried out, and not final yet. We know of no backup that still holds a copy; it is final once the keys that could open one are destroyed.",
} as const satisfies Readonly<Record<string, Phrase>>;

export type SaidName = keyof typeof SAID;

/** The words of one language that letters are filled with. */
export interface Phrases {
  readonly asked: Readonly<Record<RequestRight, string>>;
  /** "We do not do it, because …" */
  readonly denied: Readonly<Record<DenialName, string>>;
  /** "We cannot answer by then, because …" */
  readonly extended: Readonly<Record<ExtensionName, string>>;
  readonly said: Readonly<Record<SaidName, Phrase>>;
}

/** Codes of our own, as a sentence says them. */
export const ENGLISH_NAMES = {
  ...NEVER_RETURNED,
  "third-person": "what another person said",
  "access-undeclared": "no copies are given of records of this kind",
  other: "a reason that the system has of its own",
} as const;

export const ENGLISH_PHRASES: Phrases = {
  asked: ASKED,
  denied: Object.fromEntries(
    Object.entries(DENIALS).map(([name, { says }]) => [name, says]),
  ) as Phrases["denied"],
  extended: EXTENSIONS,
  said: SAID,
};
