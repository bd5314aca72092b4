import { CALENDARS } from "../calendars.ts";
import type { LawProfile, RequestClock } from "../profile.ts";

const MONTH = { count: 1, unit: "months", rolls: true } as const;
const TWO_MONTHS = { count: 2, unit: "months", rolls: true } as const;

/** Regulation (EU) 2016/679, and the United Kingdom's version of it. */
export const gdpr: LawProfile = {
  name: "gdpr",
  version: "gdpr-2026.1",
  title: "Regulation (EU) 2016/679",
  timeZone: "Europe/Brussels",
  calendar: CALENDARS.european,
  requests: {
    access: right("GDPR Art. 12(3), 15"),
    erasure: right("GDPR Art. 12(3), 17"),
    rectification: right("GDPR Art. 12(3), 16"),
    restriction: right("GDPR Art. 12(3), 18"),
    portability: right("GDPR Art. 12(3), 20"),
    objection: right("GDPR Art. 12(3), 21"),
  },
  breach: [
    {
      id: "authority",
      to: "authority",
      from: "aware",
      within: { count: 72, unit: "hours" },
      article: "GDPR Art. 33(1)",
      certainty: "statute",
    },
    {
      id: "individuals",
      to: "individuals",
      from: "aware",
      within: null,
      when: { risk: "high" },
      article: "GDPR Art. 34(1)",
      certainty: "known",
    },
    {
      id: "controller",
      to: "controller",
      from: "aware",
      within: null,
      article: "GDPR Art. 33(2)",
      certainty: "statute",
    },
  ],
  figures: {},
};

function right(article: string): RequestClock {
  return { answer: MONTH, extension: TWO_MONTHS, article, certainty: "known" };
}
