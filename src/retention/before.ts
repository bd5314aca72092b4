import { DAY_MS, type EpochMs } from "#kernel";
import { addDuration, type Duration } from "#policy";

/**
 * The last moment whose records are over at `now`, when they are kept for `duration`: that moment
 * and the duration are never behind `now`, whatever the months between are like.
 */
export function beforeOf(now: EpochMs, duration: Duration): EpochMs {
  const { months, days } = duration;
  let before = addDuration((now - days * DAY_MS) as EpochMs, { months: -months, days: 0 });
  // A month that lacks a day can make the way back shorter than the way there.
  while (addDuration(before, duration) > now) before = (before - DAY_MS) as EpochMs;
  return before;
}
