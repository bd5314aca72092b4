import { rulesOf, type Policy } from "#policy";

import { folded } from "./folded.ts";

/** What is held and said to be held, but never shown, whoever asks; by the codes of the packs. */
export const NEVER_RETURNED = {
  "social-security-number": "a social security number",
  "licence-number": "a driving licence, passport or other government identity number",
  "financial-account-number": "a financial account, card or access number",
  "health-insurance-number": "a health insurance number",
  "medical-number": "a medical identification number",
  password: "a password or access code",
  "security-answer": "a security question or its answer",
  biometric: "data measured from the body, such as a face or a fingerprint",
} as const;

export type NeverReturned = keyof typeof NEVER_RETURNED;

/** What is never returned here, and the articles that say so. */
export interface Ban {
  readonly kinds: ReadonlySet<string>;
  readonly law: string;
}

/**
 * The ban that the packs set; empty without one. It holds for every person alike: a law that
 * forbids to show something is not weighed against where somebody lives.
 */
export function banOf(policy: Policy): Ban {
  const { value, from } = rulesOf(policy).neverReturned;
  return {
    kinds: new Set<string>(value ?? []),
    law: [...new Set(from.map(({ source }) => source))].join("; "),
  };
}

interface Shape {
  readonly kind: NeverReturned;
  readonly pattern: RegExp;
  /** How much of what has the form is one, by its check digits; 0: nothing. */
  readonly holds?: (text: string) => number;
}

/** A label and what stands behind it, quoted or not: only the latter goes. */
const labelled = (label: string, value: string, sign = "[:=#]|\\bis\\b:?"): RegExp =>
  new RegExp(
    `(?<=\\b(?:${label})\\b["']?[ \\t]{0,4}(?:${sign})[ \\t]{0,4}["']?)(?:${value})`,
    "giu",
  );

const CODE = "[\\p{L}\\d][\\p{L}\\d./-]{3,31}";
const MEDICARE = "[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d";

/**
 * Only forms that are certain. A number that might be a telephone's stays: to hide what the person
 * may have is a fault as well.
 */
const SHAPES: readonly Shape[] = [
  {
    kind: "social-security-number",
    pattern: /(?<![\d-])(?!000|666|9\d\d)\d{3}([- .])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/gu,
  },
  {
    kind: "social-security-number",
    pattern: labelled("ssn|social security(?: number| no\\.?)?", "\\d{9}(?!\\d)"),
  },
  {
    kind: "financial-account-number",
    pattern:
      /(?<!\d|\d{4}[ .-])(?:3[47]\d\d([ .-]?)\d{6}\1\d{5}|[3-6]\d{3}([ .-]?)\d{4}\2\d{4}\2\d{1,7})(?!\d|[ .-]\d{4})/gu,
    holds: (text) => (hasLuhnDigit(text.replaceAll(/\D/g, "")) ? text.length : 0),
  },
  {
    kind: "financial-account-number",
    pattern:
      /(?<![A-Z\d])[A-Z]{2}\d{2}(?:[ .-]?[A-Z\d]{4}){2,7}(?:[ .-]?[A-Z\d]{1,3})?(?![A-Z\d])/giu,
    holds: ibanIn,
  },
  {
    kind: "financial-account-number",
    pattern: labelled(
      "(?:bank )?account (?:number|no\\.?)|routing number|cvv|cvc",
      "\\d[\\d -]{1,30}\\d",
    ),
  },
  {
    kind: "health-insurance-number",
    pattern: new RegExp(
      `(?<![A-Z\\d])${MEDICARE}-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y]{2}\\d{2}(?![A-Z\\d])`,
      "giu",
    ),
  },
  {
    kind: "medical-number",
    pattern: labelled("mrn|medical record (?:number|no\\.?)", CODE),
  },
  {
    kind: "health-insurance-number",
    pattern: labelled("(?:health )?insurance (?:id|number|no\\.?)", CODE),
  },
  {
    kind: "licence-number",
    pattern: labelled(
      "(?:passport|driv(?:er'?s|ing) licen[cs]e|licen[cs]e|identity card)(?: number| no\\.?)?",
      "(?=\\S*\\d)" + CODE,
    ),
  },
  {
    kind: "password",
    pattern: labelled(
      "\\w{0,32}password|passwd|pwd|passcode|passphrase|pin(?: code)?",
      `(?<=["'])[^"'\\n]{3,64}|[^\\s"']\\S{2,63}`,
      "[:=]",
    ),
  },
  { kind: "security-answer", pattern: labelled("security (?:question|answer)", "[^\\n]{1,200}") },
];

/** Names of fields that hold nothing else, letters alone: `ssn`, `drivers_license_no`. */
const FIELDS: readonly (readonly [NeverReturned, RegExp])[] = [
  [
    "social-security-number",
    /^(ssn(last(four)?)?|(social(security|insurance)|nationalinsurance)(number|num|no)?|sin)$/,
  ],
  [
    "licence-number",
    /^((drivers?|driving)?licen[cs]e(number|num|no|id)|drivers?licen[cs]e|passport(number|num|no|id)?|(national|government|state)id(number|num|no)?|identity(card)?(number|num|no)|tax(payer)?id(entification)?(number|num|no)?|taxnumber)$/,
  ],
  [
    "financial-account-number",
    /^(iban|(bank|financial)?account(number|num|no)|bankaccount|(credit|debit|payment|bank)?card(number|num|no)|(credit|debit)card|cvv|cvc|cardsecuritycode|routingnumber|pan)$/,
  ],
  ["medical-number", /^(mrn|medical(record|id|identification)(number|num|no|id)?)$/],
  [
    "health-insurance-number",
    /^((health)?insurance(policy)?(number|num|no|id)|medicare(number|id)|healthplan(number|id))$/,
  ],
  [
    "password",
    /^([a-z]*(password|passwd|passcode|passphrase)|pwd?|pin|pincode|(api|access|auth|refresh|session|bearer)(token|key|code))(hash|digest|salt)?$/,
  ],
  ["security-answer", /^(security|secret)(question|answer)s?$/],
  [
    "biometric",
    /^(biometrics?|fingerprints?|facetemplate|faceprint|faceembedding|voiceprint|iris(scan)?|retina(scan)?)$/,
  ],
];

/** What a field of this name is, whatever it holds; `null`: its content decides. */
export function neverReturnedField(name: string, { kinds }: Ban): NeverReturned | null {
  const letters = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z]/g, "");
  return FIELDS.find(([kind, form]) => kinds.has(kind) && form.test(letters))?.[0] ?? null;
}

/** A text in which what is never returned is named instead; and which kinds there were. */
export function withoutNeverReturned(
  text: string,
  { kinds }: Ban,
): { readonly text: string; readonly found: readonly NeverReturned[] } {
  const { text: searched, span } = folded(text);
  const found: Found[] = [];
  for (const shape of SHAPES) {
    if (kinds.has(shape.kind)) found.push(...placesOf(searched, shape, found));
  }
  if (found.length === 0) return { text, found: [] };
  found.sort((left, right) => left.start - right.start);
  let shown = "";
  let from = 0;
  for (const place of found) {
    const [start, end] = span(place.start, place.end);
    // Two that overlap are named both, and neither shows what the other leaves.
    shown += text.slice(from, Math.max(from, start)) + nameOf(place.kind);
    from = Math.max(from, end);
  }
  return { text: shown + text.slice(from), found: [...new Set(found.map(({ kind }) => kind))] };
}

interface Found {
  readonly kind: NeverReturned;
  readonly start: number;
  readonly end: number;
}

/** What stands in the place of a value that is not shown. */
export function nameOf(kind: NeverReturned): string {
  return `[withheld: ${NEVER_RETURNED[kind]}]`;
}

/** Where a text has the shape, but for what is inside of what was found before. */
function placesOf(text: string, { kind, pattern, holds }: Shape, before: readonly Found[]) {
  const places: Found[] = [];
  for (const match of text.matchAll(pattern)) {
    const start = match.index;
    const end = start + (holds?.(match[0]) ?? match[0].length);
    const known = before.some((other) => other.start <= start && end <= other.end);
    if (end > start && !known) places.push({ kind, start, end });
  }
  return places;
}

/** @source ISO/IEC 7812-1 annex B */
function hasLuhnDigit(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false;
  let sum = 0;
  for (const [at, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Words behind it may have its form as well: it ends where its digits are right. */
function ibanIn(text: string): number {
  const ends = [...text.matchAll(/[ .-]|$/gu)].map(({ index }) => index).reverse();
  return ends.find((end) => hasIbanDigits(text.slice(0, end).replaceAll(/[ .-]/g, ""))) ?? 0;
}

/** @source ISO 13616-1 (the remainder of 97 is 1) */
function hasIbanDigits(iban: string): boolean {
  if (iban.length < 15 || iban.length > 34) return false;
  let remainder = 0;
  for (const letter of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
