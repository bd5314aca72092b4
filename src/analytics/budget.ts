import { DAY_MS, type Word } from "#kernel";

import { analyticsOf } from "./cells.ts";
import type { Day, DayRange } from "./tally-store.ts";
import type { AnalyticsWorld } from "./world.ts";

/** What may still be told of some days. All in epsilon. */
export interface Budget {
  /** Days that something was spent of; every other one has its whole limit. */
  readonly days: readonly {
    readonly day: string;
    readonly spent: number;
    /** A day keeps the lowest limit that it was spent under. */
    readonly limit: number;
    readonly left: number;
  }[];
  /** Of a day that nothing was spent of. */
  readonly limit: number;
  /** Of the day of which least is. */
  readonly left: number;
}

export async function budgetOf(
  { tallies, policy }: Pick<AnalyticsWorld, "tallies" | "policy">,
  tenant: Word,
  range: DayRange,
): Promise<Budget> {
  const { milliEpsilonPerDay: now } = analyticsOf(policy);
  const days = (await tallies.spent(tenant, range)).map(({ day, spent, limit: then }) => {
    const limit = Math.min(now, then);
    return { day, spent, limit, left: Math.max(0, limit - spent) };
  });
  const left = Math.min(now, ...days.map((one) => one.left));
  return {
    days: days.map(({ day, spent, limit, left: rest }) => ({
      day: isoDay(day),
      spent: spent / 1000,
      limit: limit / 1000,
      left: rest / 1000,
    })),
    limit: now / 1000,
    left: left / 1000,
  };
}

export function isoDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
