import { CALENDARS } from "../calendars.ts";
import type { LawProfile, RequestClock } from "../profile.ts";

const FIFTEEN_BUSINESS_DAYS = { count: 15, unit: "business-days" } as const;

/** The California Consumer Privacy Act and its regulations (11 CCR 7000 and following). */
export const ccpa: LawProfile = {
  name: "ccpa",
  version: "ccpa-2026.1",
  title: "California Consumer Privacy Act",
  timeZone: "America/Los_Angeles",
  calendar: CALENDARS.american,
  requests: {
    access: verified(),
    portability: verified(),
    erasure: verified(),
    rectification: verified(),
    "opt-out": {
      answer: FIFTEEN_BUSINESS_DAYS,
      article: "11 CCR 7026(f), 7025",
      certainty: "statute",
    },
    "limit-use": {
      answer: FIFTEEN_BUSINESS_DAYS,
      article: "11 CCR 7027(g)",
      certainty: "known",
    },
  },
  breach: [],
  figures: {
    requestLog: { value: 24, unit: "months", article: "11 CCR 7101(a)", certainty: "statute" },
  },
};

/** Checking who asks does not stop the clock. */
function verified(): RequestClock {
  return {
    acknowledge: { count: 10, unit: "business-days" },
    answer: { count: 45, unit: "days" },
    extension: { count: 45, unit: "days" },
    article: "11 CCR 7021",
    certainty: "statute",
  };
}
