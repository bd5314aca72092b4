import { HOUR_MS, later, SECOND_MS, type EpochMs } from "#kernel";

import { deadlineOf } from "../deadline.ts";
import type { SourcesWorld } from "../world.ts";

const MARGIN_MS = 10 * SECOND_MS;

/**
 * When another process may look at a case that this one works on: one call and one look later than
 * the slowest source may take. If this process dies, that is how long the erasure stands still.
 */
export function graceOf({ sources, clock }: SourcesWorld): EpochMs {
  const slowest = Math.max(0, ...Array.from(sources.values(), deadlineOf));
  return later(clock.now(), 2 * slowest + MARGIN_MS);
}

const FIRST_MS = 5 * SECOND_MS;

/**
 * When a target is asked again: twice as late each time, up to an hour, and never for many at the
 * same moment, so that a system which comes back is not brought down by those that waited for it.
 */
export function backOff({ clock, ids }: SourcesWorld, attempts: number): EpochMs {
  const longest = Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 20), HOUR_MS);
  const [high, low] = ids.bytes(2) as unknown as [number, number];
  const part = (high * 256 + low) / 65_536;
  return later(clock.now(), Math.round(longest * (0.5 + part / 2)));
}
