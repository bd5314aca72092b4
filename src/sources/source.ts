import type { EpochMs, Json, SubjectId, Word } from "#kernel";

/**
 * Targets are erased in this order: what points to a person's rows, the rows, what was copied from
 * them to be found, what was copied to be fast. Otherwise a copy is made anew from what remains.
 */
export const TIERS = ["dependent", "primary", "search", "cache"] as const;

export type Tier = (typeof TIERS)[number];

/** What is done to a record or to a column of it. */
export const STRATEGIES = [
  "delete",
  "null",
  "constant",
  "salted-hash",
  "generalise",
  "tombstone",
  "preserve",
] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** A person as other systems know them. */
export interface Identity {
  /** Whose person it is: two controllers may know different people by one external id. */
  readonly tenant: Word;
  readonly subject: SubjectId;
  readonly externalId: string;
  /** Further names by kind, such as `email`. */
  readonly identifiers: Readonly<Record<string, string>>;
}

export interface SourceCall {
  /** Stable over every retry of one request: a source that saw it before does nothing twice. */
  readonly request: string;
  /** Aborted when the call has taken too long, or its process ends. */
  readonly signal: AbortSignal;
}

/** One record of a person, as their package shows it. */
export interface SourceItem {
  readonly collection: string;
  readonly id: string;
  /** What it is, in the configuration's words. */
  readonly category: string;
  readonly data: Readonly<Record<string, Json>>;
  /** Fields that are not given, and why: a third person's, a secret. */
  readonly withheld?: readonly { readonly field: string; readonly reason: string }[];
}

/** What was done to one collection. */
export interface CollectionOutcome {
  readonly name: string;
  readonly records: number;
  readonly strategy: Strategy;
  /** Why records are kept: a code, such as `tax-law`. */
  readonly ground?: string;
  readonly keepUntil?: EpochMs;
}

export interface Outcome {
  /** `pending`: it was accepted and is not done; the same call is made again at `checkAgainAt`. */
  readonly status: "done" | "pending";
  /**
   * Records that this call destroyed or changed, with those that the database's cascades took. What
   * `collections` lists as changed is not told as deleted.
   */
  readonly recordsDeleted: number;
  readonly collections: readonly CollectionOutcome[];
  readonly checkAgainAt?: EpochMs;
}

/** Data that the law has kept are stripped of the person instead of being deleted. */
export interface AnonymiseOrder {
  /** The law's ground, as a code. */
  readonly ground: string;
  readonly keepUntil: EpochMs;
}

/** What an erasure leaves without the person instead of deleting it, and for how long. */
export interface Keep {
  /** The law's ground, as a code. */
  readonly ground: string;
  /** Counted from the erasure: an ISO 8601 duration. */
  readonly keepFor: string;
}

/**
 * Something about a source that its operator should know. Nothing is opened with an `error`, unless
 * it is one that passes: `unreachable`, `timeout`, `busy`, `refused`.
 */
export interface SourceFinding {
  readonly level: "error" | "warning";
  /** Such as `unreachable`, `cycle`, `undeclared-personal-column`. */
  readonly code: Word;
  /** Where: a table and a column of the declaration. Never a row's content. */
  readonly at?: string;
  /** What would be accepted in its place. */
  readonly accepted?: Word;
}

/** A rule of how long a source keeps what is not a person's wish but the calendar's. */
export interface SourceRetention {
  readonly rule: string;
  /** An ISO 8601 duration. Default: that of the shipped rule of this name. */
  readonly maxAge?: string;
  /** Records that the packs have kept for a time: their rule removes nothing before it. */
  readonly keeps?: "consent" | "audit";
  /**
   * Whether `held` is passed over. Where it is not, the rule waits while anybody is on hold.
   */
  readonly spares?: boolean;
  /**
   * Whether each call refuses by itself what is wrong with the declaration of what it removes. Where
   * it does not, nothing is removed by it while the source's `check` tells any error.
   */
  readonly guarded?: boolean;
  /** How many are older than `before`. */
  count(before: EpochMs, signal: AbortSignal, held?: readonly Identity[]): Promise<number>;
  /** Removes at most `limit` and answers how many. */
  sweep(
    before: EpochMs,
    limit: number,
    signal: AbortSignal,
    held?: readonly Identity[],
  ): Promise<number>;
}

/** What a source can do. It follows from its functions. */
export interface Capabilities {
  readonly export: boolean;
  readonly erase: boolean;
  readonly anonymise: boolean;
  readonly verify: boolean;
  readonly retention: boolean;
  /** It lists whom it holds, so that tombstones can find who came back. */
  readonly identities: boolean;
}

/**
 * A system of the application that holds data about people.
 *
 * Every function may be called again with the same `request`, after a crash half-way too, and then
 * ends where one call would have. What it throws is never shown to anybody: only a code is.
 */
export interface Source {
  readonly name: Word;
  readonly tier: Tier;
  /** Names of sources that are erased before it, whatever the tiers say. */
  readonly eraseAfter: readonly Word[];
  /** The controller whose people it holds; no other sees it. `null`: the one Oubli was opened with. */
  readonly tenant?: Word | null;
  /** `null`: it serves every region. */
  readonly region: Word | null;
  /** The registered processor that runs it; `null`: the application itself. */
  readonly processor: Word | null;
  /** How long its own backups last, as an ISO 8601 duration. `null`: it has none. */
  readonly backupsEnd: string | null;
  /** Set: an erasure anonymises here, on this ground, unless it orders something else. */
  readonly keep?: Keep | null;
  /** How long one call, or the wait for one item, may take. Default: 30 seconds. */
  readonly deadlineMs?: number;
  /** Kinds of names beside the external id without which it cannot find a person, such as `email`. */
  readonly identifiers?: readonly string[];
  readonly capabilities: Capabilities;
  /** Asked at the start and by `sources check`. */
  check?(signal: AbortSignal): Promise<readonly SourceFinding[]>;
  export?(who: Identity, call: SourceCall): AsyncIterable<SourceItem>;
  erase?(who: Identity, call: SourceCall): Promise<Outcome>;
  anonymise?(who: Identity, order: AnonymiseOrder, call: SourceCall): Promise<Outcome>;
  /**
   * Looks again, by another way than `erase` went: how many records still lead to the person.
   * What a declaration preserves with a ground is not counted.
   */
  verify?(who: Identity, call: SourceCall): Promise<{ readonly remaining: number }>;
  /** External ids of everybody it holds. */
  identities?(signal: AbortSignal): AsyncIterable<string>;
  readonly retention?: readonly SourceRetention[];
  close?(): Promise<void>;
}
