import { storedEntries, tryReadEntry } from "#audit";
import type { Word } from "#kernel";

import { analyticsOf } from "./cells.ts";
import type { Day, DayRange, DaySpent } from "./tally-store.ts";
import type { AnalyticsWorld } from "./world.ts";

/** What an entry tells of counts that were given away. */
export interface Publication extends DayRange {
  readonly tenant: Word;
  readonly milliEpsilon: number;
  /** Of one day, when it was published; entries of the first version have none. */
  readonly limit?: number;
}

/**
 * Takes off each day's budget, behind a restore, what the ledger says was published of it: the
 * backup may be older, and what it told is told.
 *
 * Why nothing is taken twice, and nothing is left out: the ledger has an entry for every answer that
 * was given, and a day that has spent as much already stays as it is. So it may be done again.
 *
 * Cost: reads the whole ledger.
 */
export async function replaySpent({
  audit,
  tallies,
  policy,
}: Pick<AnalyticsWorld, "audit" | "tallies" | "policy">): Promise<void> {
  const published: Publication[] = [];
  for await (const { type, bytes } of storedEntries(audit.store, "ledger")) {
    const entry = type === "analytics.published" ? tryReadEntry(bytes) : null;
    if (entry !== null) published.push(entry as unknown as Publication);
  }
  const { milliEpsilonPerDay } = analyticsOf(policy);
  for (const [tenant, days] of Map.groupBy(spentByDay(published), (one) => one.tenant)) {
    const limited = days.map(({ day, spent, limit }) => {
      return { day, spent, limit: Number.isFinite(limit) ? limit : milliEpsilonPerDay };
    });
    await tallies.raise(tenant, limited);
  }
}

/** What each controller has published of each day, and the lowest limit it did so under. */
export function spentByDay(
  published: readonly Publication[],
): readonly (DaySpent & { readonly tenant: Word })[] {
  const all = new Map<string, DaySpent & { readonly tenant: Word }>();
  for (const { tenant, from, to, milliEpsilon, limit = Infinity } of published) {
    for (let day: Day = from; day <= to; day += 1) {
      const known = all.get(`${tenant} ${day}`);
      all.set(`${tenant} ${day}`, {
        tenant,
        day,
        spent: (known?.spent ?? 0) + milliEpsilon,
        limit: Math.min(limit, known?.limit ?? limit),
      });
    }
  }
  return [...all.values()];
}
