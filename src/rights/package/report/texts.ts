import { NEVER_RETURNED } from "../never-returned.ts";
import { words } from "./page.ts";

const BASES: Readonly<Record<string, string>> = {
  consent: "your consent",
  contract: "a contract with you",
  "legal-obligation": "a legal obligation",
  "vital-interests": "somebody's vital interests",
  "public-task": "a task in the public interest",
  "legitimate-interests": "a legitimate interest",
};

const CONDITIONS: Readonly<Record<string, string>> = {
  "explicit-consent": "your explicit consent",
};

export function basisText(basis: string | null): string | null {
  return basis === null ? null : (BASES[basis] ?? words(basis));
}

export function conditionText(condition: string | null): string | null {
  return condition === null ? null : (CONDITIONS[condition] ?? words(condition));
}

const CODES: Readonly<Record<string, string>> = {
  "third-person": "What another person said",
  "access-undeclared": "A record that this system gives no copy of",
  ...Object.fromEntries(
    Object.entries(NEVER_RETURNED).map(([code, text]) => [
      code,
      text[0]!.toUpperCase() + text.slice(1),
    ]),
  ),
};

export function withheldText(reason: string): string {
  return CODES[reason] ?? words(reason);
}

/** Why a system's part is not there. */
export const FAILURES: Readonly<Record<string, string>> = {
  timeout: "it did not answer in time",
  unreachable: "it could not be reached",
  refused: "it refused",
  unregistered: "it was not connected",
  malformed: "what it answered could not be read",
  busy: "it was busy",
  "identifier-missing": "it needs another name of yours, such as an e-mail address, to find you",
  "identifier-refused": "a name of yours that it was asked with is not one that it can look for",
  "identity-missing": "what the company calls you is not known any more",
  "declaration-invalid": "it has changed, and the company has not said yet how",
  "dependency-missing": "a part that reads it is missing",
};

/** @source GDPR Art. 15(1)(e), (f), 16–22, 77 */
export const RIGHTS: readonly (readonly [string, string])[] = [
  ["Correct it", "What is wrong is put right, and what is missing added (Art. 16)."],
  ["Erase it", "It is destroyed, and you get a certificate (Art. 17)."],
  ["Restrict it", "It is stored, and nothing else is done with it (Art. 18)."],
  [
    "Take it with you",
    "What you gave, in a form that machines read: see the folder portable (Art. 20).",
  ],
  ["Object", "To any use that rests on a legitimate interest or a public task (Art. 21)."],
  ["Take a consent back", "At any time, for what lies ahead (Art. 7(3))."],
  ["Complain", "To the data protection authority where you live or work (Art. 77)."],
];
