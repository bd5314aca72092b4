/** What the laws say in numbers: profiles as data, and the calendars that reckon with them. */
export {
  applies,
  breachClocks,
  breachDuties,
  type BreachDuty,
  type BreachFacts,
} from "./breach-clocks.ts";
export { isWorkingDay, nextWorkingDay, type Calendar, type HolidayRule } from "./calendar.ts";
export { CALENDARS } from "./calendars.ts";
export { lawsInForce, lawsOf, PROFILES, type LawChange, type LawChanges } from "./in-force.ts";
export {
  dateOf,
  dueAfterYear,
  dueAt,
  extended,
  lastDayOf,
  type Period,
  type Place,
} from "./period.ts";
export type {
  BreachClock,
  BreachThreshold,
  Certainty,
  Figure,
  LawProfile,
  RequestClock,
} from "./profile.ts";
export {
  requestClocks,
  warningsOf,
  type RequestClocks,
  type StatutoryClock,
} from "./request-clocks.ts";
export { isRight, RIGHTS, type Right } from "./right.ts";
