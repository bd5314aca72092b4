import type { Word } from "#kernel";

import type { Policy } from "./policy.ts";

/**
 * Words that stand in the ledger for good, each beside the act that it was given for. They are
 * lists: a name, a telephone number or a sentence in their place is refused.
 */
export interface CodesInput {
  /** Why, of whatever erases, corrects, holds or restricts. Added to {@link REASONS}. */
  readonly reasons?: readonly string[];
  /** How consent was collected. Added to {@link MECHANISMS}. */
  readonly mechanisms?: readonly string[];
  /** The versions of the privacy notice. Default: any number or date, such as `v2` or `2026-11`. */
  readonly notices?: readonly string[];
  /** Where authorisations of transfers are filed: `SCC-2026-4`. Beside those of `transfers`. */
  readonly documents?: readonly string[];
}

/** Documents are left out where none is listed: such a policy keeps the digest that it had. */
export type Codes = {
  readonly [Kind in Exclude<CodeKind, "documents">]: readonly Word[];
} & { readonly documents?: readonly Word[] };

export type CodeKind = keyof CodesInput;

/** @source GDPR Art. 16, 17(1), 17(3), 18(1), 18(2), 21 */
export const REASONS: readonly string[] = [
  "accuracy-contested",
  "child",
  "consent-withdrawn",
  "freedom-of-expression",
  "inaccurate",
  "incomplete",
  "investigation",
  "legal-claims",
  "legal-obligation",
  "litigation",
  "no-longer-needed",
  "objection",
  "public-health",
  "public-interest",
  "research",
  "self-check",
  "subject-request",
  "unlawful",
];

/** `gpc`: a browser's `Sec-GPC: 1`, which can take back and never give. */
export const MECHANISMS: readonly string[] = [
  "api",
  "chat",
  "checkbox",
  "cli",
  "double_opt_in",
  "email",
  "form",
  "gpc",
  "import",
  "in_person",
  "letter",
  "phone",
  "self-check",
  "settings_page",
  "signup",
  "signup_form",
];

/** `signup_form_v3` is a version of `signup_form`. */
const REVISION = /_v[1-9][0-9]{0,2}$/;

/** Numbered, or dated since the GDPR applies: too narrow for a name or a telephone number. */
const NOTICE =
  /^(v?[0-9]{1,3}|v[0-9]{1,3}(\.[0-9]{1,3}){1,2}|20(1[89]|[2-9][0-9])-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)$/;

/** Whether a text is one of the policy's codes of a kind. */
export function isConfigured(policy: Policy, kind: CodeKind, text: string): text is Word {
  const listed = listOf(policy, kind);
  if (listed === null) return NOTICE.test(text);
  return listed.includes(text) || (kind === "mechanisms" && listed.includes(baseOf(text)));
}

/** What {@link isConfigured} accepts, in words of the configuration. */
export function configuredCodes(policy: Policy, kind: CodeKind): string {
  const listed = listOf(policy, kind) ?? ["a number or a date such as v2 or 2026-11"];
  return [...listed, `one that the configuration lists in codes.${kind}`].join(" | ");
}

/** `null`: notices are not listed. */
function listOf(policy: Policy, kind: CodeKind): readonly string[] | null {
  const own = policy.codes?.[kind] ?? [];
  if (kind === "documents") return [...own, ...filedDocuments(policy)];
  if (kind === "notices") return own.length === 0 ? null : own;
  return [...(kind === "reasons" ? REASONS : MECHANISMS), ...own];
}

function filedDocuments({ transfers = [] }: Policy): readonly string[] {
  return transfers.map(({ document }) => document);
}

function baseOf(mechanism: string): string {
  return mechanism.replace(REVISION, "");
}

/** A configuration's own codes, in the one order that its digest knows. */
export function resolveCodes({ reasons, mechanisms, notices, documents }: CodesInput): Codes {
  return {
    reasons: sorted(reasons),
    mechanisms: sorted(mechanisms),
    notices: sorted(notices),
    ...(documents === undefined ? {} : { documents: sorted(documents) }),
  };
}

function sorted(codes: readonly string[] = []): readonly Word[] {
  return codes.toSorted() as Word[];
}
