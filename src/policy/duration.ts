import { DAY_MS, type EpochMs } from "#kernel";

/** A length of time in calendar units: months are counted first, then days. */
export interface Duration {
  readonly months: number;
  readonly days: number;
}

const SHAPE = /^P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/;

/**
 * Reads years, months, weeks and days, in that order; no time of day, no fraction, never zero.
 *
 * @returns `null` when the text is anything else.
 * @source ISO 8601-1:2019 §5.5.2 (durations)
 */
export function parseDuration(text: string): Duration | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [years, months, weeks, days] = match.slice(1).map((part) => Number(part ?? 0));
  const duration = { months: years! * 12 + months!, days: weeks! * 7 + days! };
  return duration.months + duration.days > 0 ? duration : null;
}

const UNITS = { Y: "year", M: "month", W: "week", D: "day" } as const;

/** `P1Y6M` as people read it: 1 year 6 months. */
export function durationText(duration: string): string {
  const parts = [...duration.matchAll(/(\d+)([YMWD])/g)];
  return parts
    .map(
      ([, number, unit]) =>
        `${number} ${UNITS[unit as keyof typeof UNITS]}${number === "1" ? "" : "s"}`,
    )
    .join(" ");
}

/**
 * The instant a duration after `at`, in UTC. A day that the month lacks becomes the month's last.
 *
 * @source Regulation (EEC, Euratom) 1182/71 Art. 3(2)(c) (periods in months and years)
 */
export function addDuration(at: EpochMs, { months, days }: Duration): EpochMs {
  if (months === 0) return (at + days * DAY_MS) as EpochMs;
  const from = new Date(at);
  const day = from.getUTCDate();
  const to = new Date(at);
  to.setUTCDate(1);
  to.setUTCMonth(from.getUTCMonth() + months);
  to.setUTCDate(Math.min(day, daysInMonth(to.getUTCFullYear(), to.getUTCMonth())));
  return (to.getTime() + days * DAY_MS) as EpochMs;
}

/** The fewest and the most milliseconds that a duration can take, wherever it starts. */
export function durationBoundsMs({ months, days }: Duration): { least: number; most: number } {
  if (months === 0) return { least: days * DAY_MS, most: days * DAY_MS };
  const nominal = months * MONTH_DAYS_MEAN + days;
  return { least: (nominal - CLAMP_DAYS) * DAY_MS, most: (nominal + CLAMP_DAYS) * DAY_MS };
}

/** A Gregorian month's mean length: 146,097 days in 4,800 months. */
const MONTH_DAYS_MEAN = 146_097 / 4800;

/** How far a run of months can be from its mean: short Februaries, and leap days not yet due. */
const CLAMP_DAYS = 5;

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}
