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

/** Between two calls of a target that failed. */
export const WAITS = { firstMs: 5 * SECOND_MS, longestMs: HOUR_MS } as const;
