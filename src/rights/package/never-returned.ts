import { rulesOf, type Policy } from "#policy";

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
  /** Whether what has the form is one: a check digit, a range that is given out. */
  readonly holds?: (text: string) => boolean;
}

/** A label and what stands behind it: only the latter goes. */
const labelled = (label: string, value: string, sign = "[:=#]|\\bis\\b:?"): RegExp =>
  new RegExp(`(?<=\\b(?:${label})\\b[ \\t]{0,4}(?:${sign})[ \\t]{0,4})${value}`, "giu");

const CODE = "[\\p{L}\\d][\\p{L}\\d./-]{3,31}";
const MEDICARE = "[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d";

/**
 * Only forms that are certain. A number that might be a telephone's stays: to hide what the person
 * may have is a fault as well.
 */
const SHAPES: readonly Shape[] = [
  {
    kind: "social-security-number",
    pattern: /(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/gu,
  },
  {
    kind: "social-security-number",
    pattern: labelled("ssn|social security(?: number| no\\.?)?", "\\d{9}(?!\\d)"),
  },
  {
    kind: "financial-account-number",
    pattern:
      /(?<!\d[ -]?)(?:3[47]\d\d([ -]?)\d{6}\1\d{5}|[3-6]\d{3}([ -]?)\d{4}\2\d{4}\2\d{1,7})(?![ -]?\d)/gu,
    holds: (text) => hasLuhnDigit(text.replaceAll(/\D/g, "")),
  },
  {
    kind: "financial-account-number",
    pattern: /(?<![A-Z\d])[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![A-Z\d])/gu,
    holds: (text) => hasIbanDigits(text.replaceAll(" ", "")),
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
      "gu",
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
    pattern: labelled("password|passcode|passphrase|pin(?: code)?", "\\S{3,64}", "[:=]"),
  },
  { kind: "security-answer", pattern: labelled("security (?:question|answer)", "[^\\n]{1,200}") },
];

/** Names of fields that hold nothing else, letters alone: `ssn`, `drivers_license_no`. */
const FIELDS: readonly (readonly [NeverReturned, RegExp])[] = [
  [
    "social-security-number",
    /^(ssn|socialsecurity(number|no)?|sin|nationalinsurance(number|no)?)$/,
  ],
  [
    "licence-number",
    /^((drivers?|driving)?licen[cs]e(number|no|id)|drivers?licen[cs]e|passport(number|no|id)?|(national|government|state)id(number|no)?|identity(card)?(number|no))$/,
  ],
  [
    "financial-account-number",
    /^(iban|(bank|financial)?account(number|no)|bankaccount|(credit|debit|payment)?card(number|no)|creditcard|cvv|cvc|routingnumber|pan)$/,
  ],
  ["medical-number", /^(mrn|medical(record|id|identification)(number|no|id)?)$/],
  [
    "health-insurance-number",
    /^((health)?insurance(policy)?(number|no|id)|medicare(number|id)|healthplan(number|id))$/,
  ],
  ["password", /^(password|passwd|pwd|passcode|passphrase|pin|pincode)(hash|digest)?$/],
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
  const found = new Set<NeverReturned>();
  let shown = text;
  for (const { kind, pattern, holds } of SHAPES) {
    if (!kinds.has(kind)) continue;
    shown = shown.replaceAll(pattern, (match) => {
      if (holds && !holds(match)) return match;
      found.add(kind);
      return `[withheld: ${NEVER_RETURNED[kind]}]`;
    });
  }
  return { text: shown, found: [...found] };
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
