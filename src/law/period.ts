import { HOUR_MS, OubliError, word, type EpochMs } from "#kernel";
import { Temporal } from "temporal-polyfill";

import { isWorkingDay, nextWorkingDay, type Calendar } from "./calendar.ts";

/** How a law counts time. */
export interface Period {
  readonly count: number;
  /** `hours` are counted to the millisecond; the others end with the last hour of a day. */
  readonly unit: "hours" | "days" | "business-days" | "months";
  /** A last day on a weekend or a holiday gives way to the next working day. */
  readonly rolls?: boolean;
}

/** Where days begin and end, and which of them are worked. */
export interface Place {
  /** An IANA time zone: `Europe/Brussels`. */
  readonly timeZone: string;
  readonly calendar: Calendar;
}

/**
 * The last millisecond of a period.
 *
 * The day of the event is not counted. A month ends on the same date, or on its last day where it
 * has no such date.
 *
 * @throws {OubliError} `INPUT_INVALID` for an instant before 1970, or beyond the year 9000.
 * @source Regulation (EEC, Euratom) 1182/71 Art. 3(1), 3(2), 3(4) · Cal. Civ. Code 10
 */
export function dueAt(period: Period, from: EpochMs, place: Place): EpochMs {
  refuseOutside(from);
  if (period.unit === "hours") return (from + period.count * HOUR_MS) as EpochMs;
  const start = dayOf(from, place);
  const end = lastDay(start, period, place.calendar);
  return endOfDay(period.rolls === true ? nextWorkingDay(end, place.calendar) : end, place);
}

/**
 * The last millisecond of so many days behind the end of the calendar year of an event.
 *
 * @source 45 CFR 164.408(c)
 */
export function dueAfterYear(days: number, from: EpochMs, place: Place): EpochMs {
  refuseOutside(from);
  const { year } = dayOf(from, place);
  return endOfDay(Temporal.PlainDate.from({ year, month: 12, day: 31 }).add({ days }), place);
}

/** The date of an instant: `2026-03-31`. */
export function dateOf(at: EpochMs, place: Pick<Place, "timeZone">): string {
  refuseOutside(at);
  return dayOf(at, place).toString();
}

/**
 * The day of the calendar on which a period ends, as a letter says it: that of its last noon. A
 * day's last hour in California is the next day elsewhere.
 */
export function lastDayOf(due: EpochMs): string {
  return dateOf((due - 12 * HOUR_MS) as EpochMs, { timeZone: "UTC" });
}

/**
 * A period and its extension count as one, from the first day: a month and two are three.
 *
 * @source GDPR Art. 12(3) · 11 CCR 7021(b) (90 days in total)
 */
export function extended(period: Period, by: Period): Period {
  return { ...period, count: period.count + by.count };
}

/** Every clock of a law is younger, and no due date lies further ahead. */
const LATEST = Date.UTC(9000, 0, 1);

function refuseOutside(at: EpochMs): void {
  if (Number.isSafeInteger(at) && at >= 0 && at < LATEST) return;
  throw new OubliError("INPUT_INVALID", {
    field: word("from"),
    accepted: word("an instant from 1970 to the year 9000"),
  });
}

function dayOf(at: EpochMs, { timeZone }: Pick<Place, "timeZone">): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
}

function lastDay(
  start: Temporal.PlainDate,
  { count, unit }: Period,
  calendar: Calendar,
): Temporal.PlainDate {
  if (unit === "months") return start.add({ months: count });
  if (unit === "days") return start.add({ days: count });
  let day = start;
  for (let left = count; left > 0;) {
    day = day.add({ days: 1 });
    if (isWorkingDay(day, calendar)) left -= 1;
  }
  return day;
}

/** By the next day's start, which a change of the clocks may put 23 or 25 hours on. */
function endOfDay(day: Temporal.PlainDate, { timeZone }: Place): EpochMs {
  return (day.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds - 1) as EpochMs;
}
