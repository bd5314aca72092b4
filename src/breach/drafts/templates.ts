import type { FieldName } from "./fields.ts";

/** A part of a letter: its heading, and the lines below it, where `{field}` is filled in. */
export interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

export interface Template {
  readonly title: string;
  /** Who reads it. A person's letter names nobody and nothing of the inside. */
  readonly reader: "authority" | "people" | "public";
  readonly article: string;
  readonly sections: readonly Section[];
  /** Fields of the text that may be missing: their lines are left out. */
  readonly optional: readonly FieldName[];
}

const HAPPENED = ["{whatHappened}", "It happened {happened}.", "We discovered it on {discovered}."];
const INVOLVED = ["The kinds of information about you: {categories}."];
const DOING = ["{measures}"];
const CONTACT = ["{contact}"];

/**
 * What each law asks a notice to hold. A field without a value is an error that names it: a notice
 * with a gap is worse than one that waits.
 */
export const TEMPLATES = {
  "gdpr-authority": {
    title: "Notification of a personal data breach",
    reader: "authority",
    article: "GDPR Art. 33(3)",
    optional: ["lateBecause", "happened"],
    sections: [
      { heading: "Controller", lines: ["{controller}"] },
      {
        heading: "Nature of the breach",
        lines: [
          "{description}",
          "Kind: {kinds}.",
          "It happened {happened}.",
          "Detected: {detected}.",
          "People affected: about {people}.",
          "Categories of data: {categories}.",
          "Records affected: about {records}.",
          "{safeguards}",
        ],
      },
      { heading: "Data protection officer or other contact", lines: ["{contact}"] },
      { heading: "Likely consequences", lines: ["{consequences}"] },
      { heading: "Measures taken or proposed", lines: ["{measures}"] },
      { heading: "Further phases", lines: ["{phases}"] },
      { heading: "Reasons for the delay", lines: ["{lateBecause}"] },
    ],
  },
  "gdpr-people": {
    title: "A breach of your personal data",
    reader: "people",
    article: "GDPR Art. 34(2)",
    optional: ["happened", "advice"],
    sections: [
      { heading: "What happened", lines: HAPPENED },
      { heading: "What information was involved", lines: INVOLVED },
      { heading: "What it may mean for you", lines: ["{consequences}"] },
      { heading: "What we are doing", lines: DOING },
      { heading: "What you can do", lines: ["{advice}"] },
      { heading: "Whom you can ask", lines: CONTACT },
    ],
  },
  "hipaa-people": {
    title: "Notice of a breach of your health information",
    reader: "people",
    article: "45 CFR 164.404(c)",
    optional: [],
    sections: [
      { heading: "What happened", lines: HAPPENED },
      { heading: "What information was involved", lines: INVOLVED },
      { heading: "What you can do to protect yourself", lines: ["{advice}"] },
      { heading: "What we are doing", lines: DOING },
      { heading: "For more information", lines: CONTACT },
    ],
  },
  "hipaa-media": {
    title: "Notice of a breach of health information",
    reader: "public",
    article: "45 CFR 164.406(c)",
    optional: [],
    sections: [
      { heading: "What happened", lines: HAPPENED },
      {
        heading: "What information was involved",
        lines: ["The kinds of information: {categories}.", "People affected: {people}."],
      },
      { heading: "What people can do to protect themselves", lines: ["{advice}"] },
      { heading: "What we are doing", lines: DOING },
      { heading: "For more information", lines: CONTACT },
    ],
  },
  "hipaa-hhs": {
    title: "Breach report to the Secretary of Health and Human Services",
    reader: "authority",
    article: "45 CFR 164.408",
    optional: ["residents"],
    sections: [
      { heading: "Covered entity", lines: ["{controller}"] },
      {
        heading: "Breach",
        lines: [
          "{description}",
          "It happened {happened}.",
          "Discovered: {discovered}.",
          "Individuals affected: {people}.",
          "Residents by State: {residents}.",
          "Types of information: {categories}.",
          "{safeguards}",
        ],
      },
      { heading: "Actions taken", lines: ["{measures}"] },
      { heading: "Contact", lines: ["{contact}"] },
    ],
  },
  "california-people": {
    title: "Notice of Data Breach",
    reader: "people",
    article: "Cal. Civ. Code 1798.82(d)",
    optional: ["happened"],
    sections: [
      { heading: "What Happened", lines: HAPPENED },
      { heading: "What Information Was Involved", lines: INVOLVED },
      { heading: "What We Are Doing", lines: DOING },
      { heading: "What You Can Do", lines: ["{advice}"] },
      { heading: "For More Information", lines: CONTACT },
    ],
  },
  "california-attorney-general": {
    title: "Submission of a sample notice of a data breach",
    reader: "authority",
    article: "Cal. Civ. Code 1798.82(f)",
    optional: ["happened"],
    sections: [
      { heading: "Organization", lines: ["{controller}"] },
      {
        heading: "Breach",
        lines: [
          "It happened {happened}.",
          "Discovered: {discovered}.",
          "Residents by State: {residents}.",
        ],
      },
      { heading: "Sample", lines: ["The notice to people is enclosed, without anybody's name."] },
      { heading: "Contact", lines: ["{contact}"] },
    ],
  },
  "lgpd-authority": {
    title: "Comunicação de incidente de segurança (security incident)",
    reader: "authority",
    article: "LGPD Art. 48, § 1",
    optional: ["lateBecause", "happened"],
    sections: [
      { heading: "Controller", lines: ["{controller}"] },
      {
        heading: "Nature of the data",
        lines: ["{description}", "Categories: {categories}.", "Records: about {records}."],
      },
      { heading: "People affected", lines: ["About {people}."] },
      {
        heading: "Security measures",
        lines: ["{safeguards}"],
      },
      { heading: "Risks", lines: ["{consequences}"] },
      { heading: "Reasons for the delay", lines: ["{lateBecause}"] },
      {
        heading: "Measures to reverse or mitigate",
        lines: ["{measures}", "It happened {happened}.", "Known since {detected}."],
      },
      { heading: "Person in charge (encarregado)", lines: ["{contact}"] },
    ],
  },
  "lgpd-people": {
    title: "A security incident with your personal data",
    reader: "people",
    article: "LGPD Art. 48, § 1",
    optional: ["happened", "advice"],
    sections: [
      { heading: "What happened", lines: HAPPENED },
      { heading: "What information was involved", lines: INVOLVED },
      { heading: "How your data were protected", lines: ["{safeguards}"] },
      { heading: "What it may mean for you", lines: ["{consequences}"] },
      { heading: "What we are doing", lines: DOING },
      { heading: "What you can do", lines: ["{advice}"] },
      { heading: "Whom you can ask", lines: CONTACT },
    ],
  },
} as const satisfies Record<string, Template>;

export type DraftName = keyof typeof TEMPLATES;

/** The letters to the people: each may be given in other languages. */
export const PEOPLE_DRAFTS = [
  "gdpr-people",
  "hipaa-people",
  "california-people",
  "lgpd-people",
] as const satisfies readonly DraftName[];

export type PeopleDraft = (typeof PEOPLE_DRAFTS)[number];

export const DRAFTS = Object.keys(TEMPLATES) as readonly DraftName[];
