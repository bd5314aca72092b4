import { CALENDARS } from "../calendars.ts";
import type { LawProfile } from "../profile.ts";

const THREE_BUSINESS_DAYS = { count: 3, unit: "business-days" } as const;

/** Lei 13.709/2018. It names days for access alone; the other rights are due without delay. */
export const lgpd: LawProfile = {
  name: "lgpd",
  version: "lgpd-2026.1",
  title: "Lei Geral de Proteção de Dados",
  timeZone: "America/Sao_Paulo",
  calendar: CALENDARS.brazilian,
  requests: {
    access: {
      first: { count: 0, unit: "days" },
      answer: { count: 15, unit: "days" },
      article: "LGPD Art. 19",
      certainty: "statute",
    },
  },
  breach: [
    {
      id: "authority",
      to: "authority",
      from: "aware",
      within: THREE_BUSINESS_DAYS,
      article: "Resolução CD/ANPD 15/2024",
      certainty: "secondary",
    },
    {
      id: "individuals",
      to: "individuals",
      from: "aware",
      within: THREE_BUSINESS_DAYS,
      article: "Resolução CD/ANPD 15/2024",
      certainty: "secondary",
    },
  ],
  figures: {
    incidentRegister: {
      value: 5,
      unit: "years",
      article: "Resolução CD/ANPD 15/2024",
      certainty: "secondary",
    },
  },
};
