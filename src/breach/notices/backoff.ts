import { HOUR_MS, later, SECOND_MS, type Clock, type EpochMs, type Ids } from "#kernel";

const FIRST_MS = 30 * SECOND_MS;
const LONGEST_MS = 6 * HOUR_MS;

/** Doubled until this often: later attempts are as far apart as the longest wait. */
const DOUBLINGS_MAX = 16;

/**
 * When a failed attempt is made again: each wait is twice the one before, up to six hours, and
 * jittered by half, so that what failed together does not come back together.
 */
export function nextAttempt(
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
  attempts: number,
): EpochMs {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, DOUBLINGS_MAX));
  const share = new DataView(ids.bytes(4).buffer).getUint32(0) / 2 ** 32;
  return later(clock.now(), Math.round((longest * (1 + share)) / 2));
}
