import type { Word } from "#kernel";

/** A day in UTC, as days since 1970. */
export type Day = number;

/** How often something happened on a day. It knows nobody. */
export interface Tally {
  readonly day: Day;
  readonly event: Word;
  /** A value of each of the event's dimensions. */
  readonly cell: Word;
  readonly count: number;
}

export interface DayRange {
  readonly from: Day;
  /** The last day of it. */
  readonly to: Day;
}

/** What analytics needs from a database: counts, and what was spent of each day's budget. */
export interface TallyStore {
  /** Adds to the counts that are there. */
  add(tenant: Word, tallies: readonly Tally[]): Promise<void>;
  /** An event's counts over some days, a row for each cell that was ever counted in them. */
  sum(
    tenant: Word,
    event: Word,
    days: DayRange,
  ): Promise<readonly { readonly cell: Word; readonly count: number }[]>;
  /**
   * Takes `cost` off each day's budget, or, where one of them has less left, off none.
   * @param limit Of one day. Both in thousandths of epsilon.
   */
  spend(
    tenant: Word,
    days: DayRange,
    price: { readonly cost: number; readonly limit: number },
  ): Promise<"spent" | "refused">;
  /** What was spent of the day, among some days, of which most was. */
  spent(tenant: Word, days: DayRange): Promise<number>;
}
