import { CALENDARS } from "../calendars.ts";
import type { Figure, LawProfile } from "../profile.ts";

const THIRTY_DAYS = { count: 30, unit: "days" } as const;
const SIXTY_DAYS = { count: 60, unit: "days" } as const;

/** 45 CFR Part 164. It knows no right to erasure, so no erasure ever bears its name. */
export const hipaa: LawProfile = {
  name: "hipaa",
  version: "hipaa-2026.1",
  title: "45 CFR Part 164",
  timeZone: "America/New_York",
  calendar: CALENDARS.american,
  requests: {
    access: {
      answer: THIRTY_DAYS,
      extension: THIRTY_DAYS,
      article: "45 CFR 164.524(b)(2)",
      certainty: "known",
    },
    rectification: {
      answer: SIXTY_DAYS,
      extension: THIRTY_DAYS,
      article: "45 CFR 164.526(b)(2)",
      certainty: "statute",
    },
    accounting: {
      answer: SIXTY_DAYS,
      extension: THIRTY_DAYS,
      article: "45 CFR 164.528(c)(1)",
      certainty: "statute",
    },
  },
  breach: [
    {
      id: "individuals",
      to: "individuals",
      from: "discovered",
      within: SIXTY_DAYS,
      article: "45 CFR 164.404(b)",
      certainty: "known",
    },
    {
      id: "media",
      to: "media",
      from: "discovered",
      within: SIXTY_DAYS,
      when: { residentsAbove: 500, of: "any-state" },
      article: "45 CFR 164.406",
      certainty: "known",
    },
    {
      id: "hhs",
      to: "authority",
      from: "discovered",
      within: SIXTY_DAYS,
      when: { affected: "at-least", count: 500 },
      article: "45 CFR 164.408(b)",
      certainty: "statute",
    },
    {
      id: "hhs-yearly",
      to: "authority",
      from: "discovered",
      within: { daysAfterYear: 60 },
      when: { affected: "below", count: 500 },
      article: "45 CFR 164.408(c)",
      certainty: "statute",
    },
  ],
  figures: {
    oralDelay: figure(30, "days", "45 CFR 164.412(b)", "known"),
    substituteNotice: figure(10, "people", "45 CFR 164.404(d)(2)", "known"),
    substituteNoticeShown: figure(90, "days", "45 CFR 164.404(d)(2)(ii)", "known"),
    accountingReach: figure(6, "years", "45 CFR 164.528(a)(1)", "statute"),
    accountingFree: figure(12, "months", "45 CFR 164.528(c)(2)", "statute"),
    documentation: figure(6, "years", "45 CFR 164.316(b)(2)(i)", "known"),
    requestLog: figure(6, "years", "choice: as documentation, 45 CFR 164.316(b)(2)(i)", "choice"),
  },
};

function figure(
  value: number,
  unit: Figure["unit"],
  article: string,
  certainty: Figure["certainty"],
) {
  return { value, unit, article, certainty };
}
