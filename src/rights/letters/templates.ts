import type { FieldName } from "./fields.ts";
import type { LetterName } from "./letter.ts";

/** A letter before it is filled: paragraphs in which `{field}` stands for a fact. */
export interface Template {
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** Fields that may be missing: the paragraph in which one is goes with it. */
const OPTIONAL_FIELDS: readonly FieldName[] = [
  "first",
  "explanation",
  "kept",
  "final",
  "told",
  "untold",
  "unchanged",
];

export const OPTIONAL: ReadonlySet<string> = new Set(OPTIONAL_FIELDS);

const CLOSE = "Your reference: {reference}. To reach us: {contact}.";
const COMPLAIN =
  "You may complain to your data protection authority or attorney general, and you may go to court.";

/** Plain words, one idea a sentence. @source GDPR Art. 12(1), 12(3), 12(4), 18(3), 19 */
export const ENGLISH_TEMPLATES: Readonly<Record<LetterName, Template>> = {
  proof: {
    title: "Did you ask us for this?",
    paragraphs: [
      "On {received} {controller} was asked in your name {asked}.",
      "If it was you, give us the code that we send you. It is good for a day, and you have five tries. We need nothing else from you.",
      "If it was not you, you need not do anything: without the code nothing happens.",
      "You will have our answer by {answerBy} at the latest.",
      CLOSE,
    ],
  },
  acknowledgement: {
    title: "We have received your request",
    paragraphs: [
      "On {received} you asked {controller} {asked}.",
      "In short: {first} The full statement follows.",
      "We are working on it. You will have our answer by {answerBy} at the latest.",
      CLOSE,
    ],
  },
  extension: {
    title: "Our answer will take longer",
    paragraphs: [
      "On {received} you asked {controller} {asked}.",
      "We cannot answer by {extendedFrom}, because {extensionReason}. You will have our answer by {answerBy}.",
      "{explanation}",
      COMPLAIN,
      CLOSE,
    ],
  },
  answer: {
    title: "Our answer to your request",
    paragraphs: [
      "On {received} you asked {controller} {asked}.",
      "{did}",
      "Not everything could be done. {kept}",
      "{final}",
      "These were told, and did the same: {told}.",
      "These had received some of it, and are still to be told: {untold}.",
      "These systems of ours may hold your data too, and are still to be changed: {unchanged}.",
      "{explanation}",
      "If something is missing or wrong, write to us. " + COMPLAIN,
      CLOSE,
    ],
  },
  denial: {
    title: "We cannot do what you asked",
    paragraphs: [
      "On {received} you asked {controller} {asked}.",
      "We do not do it, because {denialReason} ({denialArticle}).",
      "{explanation}",
      COMPLAIN,
      CLOSE,
    ],
  },
  lift: {
    title: "We are going to use your data again",
    paragraphs: [
      "On {received} you asked {controller} {asked}.",
      "The reason for that has ended. From now on we will use your data again, unless another restriction stands.",
      "{explanation}",
      COMPLAIN,
      CLOSE,
    ],
  },
  recipients: {
    title: "Who was told of your request",
    paragraphs: [
      "On {received} you asked {controller} {asked}. You also asked who is told of it.",
      "These were told: {told}.",
      "These are still to be told: {untold}.",
      "These systems of ours may hold your data too, and are still to be changed: {unchanged}.",
      "{kept}",
      "{explanation}",
      CLOSE,
    ],
  },
};
