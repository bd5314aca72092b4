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

/** Whether the budget sufficed, and what is left of it. */
export interface Spending {
  readonly outcome: "spent" | "refused";
  readonly left: number;
}

/** What was spent of one day's budget, in thousandths of epsilon. */
export interface DaySpent {
  readonly day: Day;
  readonly spent: number;
  /** The lowest that it was spent under. */
  readonly limit: number;
}

/** What analytics needs from a database: counts, and what was spent of each day's budget. */
export interface TallyStore {
  /**
   * Adds to the counts that are there.
   * @param perSession How often a session may have counted for an event in a day. The day keeps the
   *   highest: what is published of it later needs noise for that.
   */
  add(tenant: Word, tallies: readonly Tally[], perSession: number): Promise<void>;
  /** The highest `perSession` that any of some days was counted under, by anybody; `null`: none. */
  bound(days: DayRange): Promise<number | null>;
  /** An event's counts over some days, a row for each cell that was ever counted in them. */
  sum(
    tenant: Word,
    event: Word,
    days: DayRange,
  ): Promise<readonly { readonly cell: Word; readonly count: number }[]>;
  /**
   * Takes `cost` off each day's budget, or, where one of them has less left, off none. A day of
   * which something was spent keeps the lowest limit that it was spent under.
   * @param limit Of one day. All in thousandths of epsilon.
   * @returns with what is left of the day of which least is.
   */
  spend(
    tenant: Word,
    days: DayRange,
    price: { readonly cost: number; readonly limit: number },
  ): Promise<Spending>;
  /**
   * Raises what was spent of some days to what is told of them, and lowers their limits; a day that
   * has spent more stays as it is.
   */
  raise(tenant: Word, told: readonly DaySpent[]): Promise<void>;
  /** Of some days those that something was spent of, the first one first. */
  spent(tenant: Word, days: DayRange): Promise<readonly DaySpent[]>;
}
