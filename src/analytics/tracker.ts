import { createHmac, randomBytes } from "node:crypto";

import { DAY_MS, isOubliError, type Clock, type SessionId, type Word } from "#kernel";
import type { Analytics } from "#policy";

import type { Day, Tally, TallyStore } from "./tally-store.ts";

/** What one day's sessions did, for as long as the day lasts. Never stored. */
interface Today {
  readonly day: Day;
  readonly key: Buffer;
  /** How often each session counted for each event, under names that end with the key. */
  readonly counted: Map<string, number>;
}

/** Some 100 MiB; a session beyond it is not counted. */
const COUNTED_MAX = 1_000_000;

export interface Tracker {
  /** @returns whether it counted: a session counts for an event so often a day, and no more. */
  track(
    seen: { readonly tenant: Word; readonly event: Word; readonly cell: Word },
    by: SessionId,
  ): boolean;
  /** Writes down what was counted since the last time. */
  flush(): Promise<void>;
  /** Writes down the rest, and forgets the sessions. */
  close(): Promise<void>;
}

/**
 * Counts events without people. What a session contributes is bounded under a name made with a key
 * of the day, which is in this process's memory alone and is overwritten when the day is over; what
 * is stored is sums.
 *
 * A process that dies loses what it has not written down: a count is never more than what happened.
 */
export function createTracker(
  { perSession }: Pick<Analytics, "perSession">,
  { store, clock }: { readonly store: TallyStore; readonly clock: Clock },
): Tracker {
  let today: Today | null = null;
  let sums = new Map<string, { readonly tenant: Word; readonly tally: Tally }>();

  const now = (): Today => {
    const day = Math.floor(clock.now() / DAY_MS);
    if (today?.day === day) return today;
    end(today);
    return (today = { day, key: randomBytes(32), counted: new Map() });
  };

  const add = (tenant: Word, tally: Tally): void => {
    const { day, event, cell } = tally;
    const at = `${tenant} ${day} ${event} ${cell}`;
    const count = (sums.get(at)?.tally.count ?? 0) + tally.count;
    sums.set(at, { tenant, tally: { ...tally, count } });
  };

  return {
    track({ tenant, event, cell }, by) {
      const { day, key, counted } = now();
      const name = createHmac("sha256", key).update(`${by} ${event}`).digest("base64url");
      const times = counted.get(name) ?? 0;
      if (times >= perSession || (times === 0 && counted.size >= COUNTED_MAX)) return false;
      counted.set(name, times + 1);
      add(tenant, { day, event, cell, count: 1 });
      return true;
    },
    flush,
    async close() {
      end(today);
      today = null;
      await flush();
    },
  };

  async function flush(): Promise<void> {
    const written = sums;
    sums = new Map();
    const tenants = Map.groupBy(written.values(), ({ tenant }) => tenant);
    const failures: unknown[] = [];
    for (const [tenant, of] of tenants) {
      const tallies = of.map(({ tally }) => tally);
      try {
        await store.add(tenant, tallies, perSession);
      } catch (error) {
        // Where nobody can say whether it was written, it is not counted twice.
        if (!isOubliError(error, "OUTCOME_UNKNOWN"))
          for (const tally of tallies) add(tenant, tally);
        // The others' counts are written all the same.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

function end(today: Today | null): void {
  today?.key.fill(0);
  today?.counted.clear();
}
