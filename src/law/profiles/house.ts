import { CALENDARS } from "../calendars.ts";
import type { LawProfile, RequestClock } from "../profile.ts";
import { RIGHTS, type Right } from "../right.ts";

/**
 * What Oubli itself asks, under every law: a request is answered within 30 days, an erasure never
 * takes longer, and an authority hears of a grave breach within 72 hours.
 */
export const house: LawProfile = {
  name: "oubli",
  version: "oubli-2026.1",
  title: "Oubli's own",
  timeZone: "UTC",
  calendar: CALENDARS.european,
  requests: {
    ...(Object.fromEntries(RIGHTS.map((right) => [right, answer()])) as Record<
      Right,
      RequestClock
    >),
    erasure: { ...answer(), final: true },
  },
  breach: [
    {
      id: "authority",
      to: "authority",
      from: "aware",
      within: { count: 72, unit: "hours" },
      article: "choice: as GDPR Art. 33(1), for everybody",
      certainty: "choice",
    },
  ],
  figures: {
    requestLog: {
      value: 24,
      unit: "months",
      article: "choice: as 11 CCR 7101(a), for everybody",
      certainty: "choice",
    },
  },
};

function answer(): RequestClock {
  return {
    answer: { count: 30, unit: "days" },
    article: "choice: 30 days, whatever the month",
    certainty: "choice",
  };
}
