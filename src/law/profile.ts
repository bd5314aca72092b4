import type { Calendar } from "./calendar.ts";
import type { Period } from "./period.ts";
import type { Right } from "./right.ts";

/**
 * How sure a number is: `statute`, read there; `known`, from the text as it is known; `secondary`,
 * from a source about it: a configuration may set it; `choice`, ours, where the law has no number.
 */
export type Certainty = "statute" | "known" | "secondary" | "choice";

export interface Sourced {
  readonly article: string;
  readonly certainty: Certainty;
}

/** The clocks of one right. All run from the receipt of the request. */
export interface RequestClock extends Sourced {
  readonly acknowledge?: Period;
  readonly answer: Period;
  /** Once, and the person is told within the first period. */
  readonly extension?: Period;
  /** No law's extension moves this answer. */
  readonly final?: boolean;
  /** What has to be there earlier: the simplified statement of the LGPD. */
  readonly first?: Period;
}

/** What a breach asks for. */
export interface BreachClock extends Sourced {
  /** Its name in the ledger and in a configuration: `authority`. */
  readonly id: string;
  readonly to: "authority" | "individuals" | "media" | "attorney-general" | "controller";
  /** What starts it. `individuals-told`: the day on which the letters went out. */
  readonly from: "aware" | "discovered" | "individuals-told";
  /** `null`: without undue delay, and no number. */
  readonly within: Period | { readonly daysAfterYear: number } | null;
  /** Which breaches. Absent: every one that is not shown to carry no risk. */
  readonly when?: BreachThreshold;
}

export type BreachThreshold =
  /** The people affected, all of them. */
  | { readonly affected: "at-least" | "below"; readonly count: number }
  /** Residents of one State, or of the law's own. */
  | { readonly residentsAbove: number; readonly of: "any-state" | string }
  /** A high risk to them, and nothing that exempts. */
  | { readonly risk: "high" };

/** A number beside the clocks. */
export interface Figure extends Sourced {
  readonly value: number;
  readonly unit: "hours" | "days" | "months" | "years" | "people" | "year";
}

/** A law's numbers, as data: a change of law is a change here, under a new version. */
export interface LawProfile {
  readonly name: string;
  /** `gdpr-2026.1` */
  readonly version: string;
  readonly title: string;
  readonly timeZone: string;
  readonly calendar: Calendar;
  readonly requests: { readonly [R in Right]?: RequestClock };
  readonly breach: readonly BreachClock[];
  readonly figures: Readonly<Record<string, Figure>>;
}
