import type { RequestRight } from "./request.ts";

/** Why a request is denied: what the letter says, on which article it rests, and for which rights. */
export interface DenialReason {
  readonly says: string;
  readonly article: string;
  /** Absent: for every right. */
  readonly rights?: readonly RequestRight[];
}

const ANSWERS_WITH_DATA = ["access", "portability"] as const;
const NOT_OBJECTIONS = [
  "access",
  "erasure",
  "rectification",
  "restriction",
  "portability",
] as const;

/**
 * Where somebody lives is no reason: every right is given to everybody.
 *
 * @source Data Rights Protocol 1.0 (denied) · GDPR Art. 11, 12(2), 12(5), 17(3), 21(1) ·
 *   45 CFR 164.524(a), 164.526(a)(2) · 11 CCR 7020–7028
 */
export const DENIALS = {
  "suspected-fraud": {
    says: "we have reasons to believe that the request was not made by you or for you",
    article: "11 CCR 7026(e), 7060",
  },
  "insufficient-verification": {
    says: "we could not make sure that the request came from you",
    article: "GDPR Art. 12(2), 12(6); 11 CCR 7060",
    rights: NOT_OBJECTIONS,
  },
  "no-match": {
    says: "we found nobody in our records by the name that was given",
    article: "GDPR Art. 11(2); 11 CCR 7060",
  },
  "claim-not-covered": {
    says: "the law that the request rests on does not give the right that was asked for",
    article: "GDPR Art. 12(4)",
  },
  "too-many-requests": {
    says: "there were more requests under this name than can be checked in a day",
    article: "GDPR Art. 12(5)",
    rights: NOT_OBJECTIONS,
  },
  "manifestly-unfounded": {
    says: "the request is manifestly unfounded",
    article: "GDPR Art. 12(5)(b)",
  },
  excessive: {
    says: "the request repeats earlier ones so often that it is excessive",
    article: "GDPR Art. 12(5)(b)",
  },
  "freedom-of-expression": {
    says: "the data are needed for freedom of expression and information",
    article: "GDPR Art. 17(3)(a)",
    rights: ["erasure"],
  },
  "legal-obligation": {
    says: "a law obliges us to keep the data",
    article: "GDPR Art. 17(3)(b)",
    rights: ["erasure"],
  },
  "public-health": {
    says: "the data are needed for public health",
    article: "GDPR Art. 17(3)(c)",
    rights: ["erasure"],
  },
  research: {
    says: "erasing the data would make research in the public interest impossible",
    article: "GDPR Art. 17(3)(d)",
    rights: ["erasure"],
  },
  "legal-claims": {
    says: "the data are needed for legal claims",
    article: "GDPR Art. 17(3)(e), 21(1)",
    rights: ["erasure", "objection"],
  },
  "compelling-grounds": {
    says: "compelling legitimate grounds override your interests; they are stated below",
    article: "GDPR Art. 21(1)",
    rights: ["objection"],
  },
  "rights-of-others": {
    says: "the answer would harm the rights and freedoms of others",
    article: "GDPR Art. 15(4), 20(4)",
    rights: ANSWERS_WITH_DATA,
  },
  "psychotherapy-notes": {
    says: "the right does not reach psychotherapy notes",
    article: "45 CFR 164.524(a)(1)(i)",
    rights: ["access"],
  },
  "legal-proceeding": {
    says: "the information was compiled for a legal proceeding",
    article: "45 CFR 164.524(a)(1)(ii)",
    rights: ["access"],
  },
  "not-created-by-us": {
    says: "the record was not created by us, and whoever created it can still be asked",
    article: "45 CFR 164.526(a)(2)(i)",
    rights: ["rectification"],
  },
  "not-in-record-set": {
    says: "the record is not part of what decisions about you are made from",
    article: "45 CFR 164.526(a)(2)(ii)",
    rights: ["rectification"],
  },
  "not-open-to-access": {
    says: "the record is one that the right of access does not reach",
    article: "45 CFR 164.526(a)(2)(iii)",
    rights: ["rectification"],
  },
  "accurate-and-complete": {
    says: "we looked, and the record is accurate and complete",
    article: "GDPR Art. 16; 45 CFR 164.526(a)(2)(iv)",
    rights: ["rectification"],
  },
  other: { says: "of the reason that is stated below", article: "GDPR Art. 12(4)" },
} as const satisfies Record<string, DenialReason>;

export type DenialName = keyof typeof DENIALS;

/** The reasons for which a request of this right may be denied. */
export function denialsOf(right: RequestRight): readonly DenialName[] {
  return (Object.keys(DENIALS) as DenialName[]).filter((name) => {
    const { rights }: DenialReason = DENIALS[name];
    return rights === undefined || rights.includes(right);
  });
}

/** Why an answer may take longer. @source GDPR Art. 12(3) · 45 CFR 164.524(b)(2)(iii) */
export const EXTENSIONS = {
  complexity: "the request is complex",
  "number-of-requests": "of the number of requests",
  "off-site": "the information is kept at another place",
} as const;

export type ExtensionName = keyof typeof EXTENSIONS;
