/** Why processing is lawful at all. @source GDPR Art. 6(1)(a)–(f) */
export const LAWFUL_BASES = [
  "consent",
  "contract",
  "legal-obligation",
  "vital-interests",
  "public-task",
  "legitimate-interests",
] as const;

export type LawfulBasis = (typeof LAWFUL_BASES)[number];

/** What lifts the ban on special categories. @source GDPR Art. 9(2)(a)–(j) */
export const SPECIAL_CONDITIONS = [
  "explicit-consent",
  "employment-and-social-protection",
  "vital-interests",
  "not-for-profit-body",
  "made-public-by-subject",
  "legal-claims",
  "substantial-public-interest",
  "health-care",
  "public-health",
  "archiving-and-research",
] as const;

export type SpecialCondition = (typeof SPECIAL_CONDITIONS)[number];
