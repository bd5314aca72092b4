import { Temporal } from "temporal-polyfill";

/** A rule for one holiday a year. */
export type HolidayRule =
  /** `12-25`; where `monday`, one that falls on a Sunday is kept on the Monday. */
  | { readonly date: string; readonly monday?: boolean; readonly since?: number }
  /** The first, second, … or the last weekday (1 = Monday) of a month. */
  | { readonly nth: 1 | 2 | 3 | 4 | "last"; readonly weekday: number; readonly month: number }
  /** Days after Easter Sunday, of the western churches; before it where negative. */
  | { readonly easter: number };

/**
 * Which days are no working days.
 *
 * A holiday that stands here moves a due date back, so only those stand in the defaults that are
 * kept everywhere the law holds: one that is missing makes the office early, never late.
 */
export interface Calendar {
  /** 1 = Monday … 7 = Sunday. */
  readonly weekend: readonly number[];
  readonly rules: readonly HolidayRule[];
  /** Further days: `2026-05-14`. */
  readonly days: readonly string[];
}

export function isWorkingDay(day: Temporal.PlainDate, calendar: Calendar): boolean {
  return !calendar.weekend.includes(day.dayOfWeek) && !isHoliday(day, calendar);
}

export function nextWorkingDay(day: Temporal.PlainDate, calendar: Calendar): Temporal.PlainDate {
  let next = day;
  while (!isWorkingDay(next, calendar)) next = next.add({ days: 1 });
  return next;
}

function isHoliday(day: Temporal.PlainDate, { rules, days }: Calendar): boolean {
  return days.includes(day.toString()) || rules.some((rule) => falls(rule, day));
}

function falls(rule: HolidayRule, day: Temporal.PlainDate): boolean {
  if ("easter" in rule) return day.equals(easterSunday(day.year).add({ days: rule.easter }));
  if ("nth" in rule) return day.equals(nthWeekday(rule, day.year));
  if (rule.since !== undefined && day.year < rule.since) return false;
  const kept = Temporal.PlainDate.from(`${day.toString().slice(0, 4)}-${rule.date}`);
  return day.equals(rule.monday === true && kept.dayOfWeek === 7 ? kept.add({ days: 1 }) : kept);
}

function nthWeekday(
  { nth, weekday, month }: Extract<HolidayRule, { nth: unknown }>,
  year: number,
): Temporal.PlainDate {
  const first = Temporal.PlainDate.from({ year, month, day: 1 });
  const lead = (weekday - first.dayOfWeek + 7) % 7;
  if (nth !== "last") return first.add({ days: lead + (nth - 1) * 7 });
  const last = first.with({ day: first.daysInMonth });
  return last.subtract({ days: (last.dayOfWeek - weekday + 7) % 7 });
}

/** @source Meeus, Jones, Butcher: the anonymous Gregorian algorithm (Nature, 20 April 1876) */
function easterSunday(year: number): Temporal.PlainDate {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const rest = year % 100;
  const shift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - shift + 15) % 30;
  const sunday = (32 + 2 * (century % 4) + 2 * Math.floor(rest / 4) - epact - (rest % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * sunday) / 451);
  const sum = epact + sunday - 7 * late + 114;
  return Temporal.PlainDate.from({ year, month: Math.floor(sum / 31), day: (sum % 31) + 1 });
}
