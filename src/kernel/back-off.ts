import { later, type Clock, type EpochMs } from "./clock.ts";
import type { Ids } from "./ids.ts";

/** Doubled until this often: later waits are the longest there is. */
const DOUBLINGS_MAX = 20;

/**
 * When what failed is tried again: each wait is twice the one before, up to the longest, and
 * jittered by half, so that what failed together does not come back together.
 *
 * @param attempts Those that were made: 1 or more.
 */
export function backOff(
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
  attempts: number,
  { firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number },
): EpochMs {
  const wait = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, DOUBLINGS_MAX));
  const [high = 0, low = 0] = ids.bytes(2);
  const share = (high * 256 + low) / 65_536;
  return later(clock.now(), Math.round((wait * (1 + share)) / 2));
}
