import type { Calendar } from "./calendar.ts";

const SATURDAY_SUNDAY = [6, 7];

/** Kept in every Member State. A controller adds those of its own. */
const european: Calendar = {
  weekend: SATURDAY_SUNDAY,
  rules: [{ date: "01-01" }, { date: "12-25" }],
  days: [],
};

/**
 * Federal and Californian at once. On a Saturday no day is kept in their place: California keeps
 * none.
 *
 * @source 5 U.S.C. 6103(a) · Cal. Gov. Code 6700
 */
const american: Calendar = {
  weekend: SATURDAY_SUNDAY,
  rules: [
    { date: "01-01", monday: true },
    { nth: 3, weekday: 1, month: 1 },
    { nth: 3, weekday: 1, month: 2 },
    { nth: "last", weekday: 1, month: 5 },
    { date: "07-04", monday: true },
    { nth: 1, weekday: 1, month: 9 },
    { date: "11-11", monday: true },
    { nth: 4, weekday: 4, month: 11 },
    { date: "12-25", monday: true },
  ],
  days: [],
};

/** The national holidays; of the moving ones Good Friday alone. @source Lei 662/1949, 14.759/2023 */
const brazilian: Calendar = {
  weekend: SATURDAY_SUNDAY,
  rules: [
    { date: "01-01" },
    { easter: -2 },
    { date: "04-21" },
    { date: "05-01" },
    { date: "09-07" },
    { date: "10-12" },
    { date: "11-02" },
    { date: "11-15" },
    { date: "11-20", since: 2024 },
    { date: "12-25" },
  ],
  days: [],
};

export const CALENDARS = { european, american, brazilian } as const satisfies Record<
  string,
  Calendar
>;
