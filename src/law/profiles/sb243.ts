import { CALENDARS } from "../calendars.ts";
import type { LawProfile } from "../profile.ts";

/** California's companion chatbots: no clock of requests, a report a year. */
export const sb243: LawProfile = {
  name: "sb243",
  version: "sb243-2026.1",
  title: "California SB 243",
  timeZone: "America/Los_Angeles",
  calendar: CALENDARS.american,
  requests: {},
  breach: [],
  figures: {
    breakNotice: {
      value: 3,
      unit: "hours",
      article: "Cal. Bus. & Prof. Code 22602(c)",
      certainty: "statute",
    },
    firstYearlyReport: {
      value: 2027,
      unit: "year",
      article: "Cal. Bus. & Prof. Code 22603(a), from 1 July",
      certainty: "statute",
    },
  },
};
