import { CALENDARS } from "../calendars.ts";
import type { LawProfile } from "../profile.ts";

/** California's notices of breaches, as SB 446 changed them. */
export const sb446: LawProfile = {
  name: "sb446",
  version: "sb446-2026.1",
  title: "California SB 446",
  timeZone: "America/Los_Angeles",
  calendar: CALENDARS.american,
  requests: {},
  breach: [
    {
      id: "individuals",
      to: "individuals",
      from: "discovered",
      within: { count: 30, unit: "days" },
      article: "Cal. Civ. Code 1798.82",
      certainty: "secondary",
    },
    {
      id: "attorney-general",
      to: "attorney-general",
      from: "individuals-told",
      within: { count: 15, unit: "days" },
      when: { residentsAbove: 500, of: "US-CA" },
      article: "Cal. Civ. Code 1798.82(f)",
      certainty: "secondary",
    },
  ],
  figures: {},
};
