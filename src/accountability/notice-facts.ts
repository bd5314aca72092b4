import { createHash } from "node:crypto";

import { canonicalBytes, type Json, type Word } from "#kernel";
import { rulesOf, type Controller, type Policy, type Purpose } from "#policy";

import { recipientsFor } from "./record.ts";

/** What a privacy notice has to say: what is kept, why, for how long, and who gets it. */
export interface NoticeFacts {
  /** @source GDPR Art. 13(1)(a)–(b) */
  readonly controller: Controller | null;
  /** @source GDPR Art. 13(1)(c)–(e), 13(2)(a) */
  readonly purposes: Readonly<Record<string, NoticePurpose>>;
  /** The longest that a category is kept, whatever it is used for. */
  readonly retention: Readonly<Record<string, string>>;
  /** @source GDPR Art. 13(1)(e) */
  readonly recipients: Readonly<Record<string, NoticeRecipient>>;
  /** @source GDPR Art. 13(1)(f) */
  readonly transfers: Readonly<Record<string, string>>;
  readonly regions: Readonly<Record<string, readonly Word[]>>;
  readonly logs: { readonly auditYears: number | null; readonly consentDays: number | null };
}

export interface NoticePurpose extends Pick<
  Purpose,
  "basis" | "condition" | "categories" | "retention" | "retentionJustification" | "use"
> {
  readonly recipients: readonly string[];
}

export interface NoticeRecipient {
  readonly name: string;
  readonly role: string;
  readonly region: string;
  readonly country: string;
  readonly keeps: string;
  readonly trainsOnData: boolean;
  readonly categories: readonly Word[] | null;
}

/** Everything that a person has to be told, from the policy in force. */
export function noticeFacts(policy: Policy): NoticeFacts {
  const rules = rulesOf(policy);
  return {
    controller: policy.controller ?? null,
    purposes: mapped(policy.purposes, (purpose, name) => ({
      basis: purpose.basis,
      condition: purpose.condition,
      categories: purpose.categories,
      retention: purpose.retention,
      retentionJustification: purpose.retentionJustification,
      use: purpose.use,
      recipients: recipientsFor(policy, name),
    })),
    retention: policy.retention as Readonly<Record<string, string>>,
    recipients: mapped(policy.processors ?? {}, (processor, code) => ({
      name: processor.name ?? code,
      role: processor.role,
      region: processor.region,
      country: processor.country,
      keeps: processor.retention,
      trainsOnData: processor.trainsOnData,
      categories: processor.categories,
    })),
    transfers: Object.fromEntries(
      (policy.transfers ?? []).map(({ from, to, mechanism }) => [`${from} ${to}`, mechanism]),
    ),
    regions: mapped(policy.regions, ({ jurisdictions }) => jurisdictions),
    logs: {
      auditYears: rules.auditRetentionYears.value,
      consentDays: rules.consentRecordRetentionDays.value,
    },
  };
}

/** SHA-256 of the facts' canonical JSON, in hexadecimal. @source RFC 8785 */
export function noticeDigest(facts: NoticeFacts): Word {
  return sha256(facts as unknown as Json);
}

/** Each statement of a notice by its path, so that two notices can be compared. */
export function statementsOf(facts: NoticeFacts): ReadonlyMap<string, Json> {
  const statements = new Map<string, Json>();
  const walk = (value: Json, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      statements.set(path.join("."), value);
      return;
    }
    for (const [key, member] of Object.entries(value)) walk(member as Json, [...path, key]);
  };
  walk(facts as unknown as Json, []);
  return statements;
}

export function sha256(value: Json): Word {
  return createHash("sha256").update(canonicalBytes(value)).digest("hex") as Word;
}

function mapped<Value, Made>(
  record: Readonly<Record<string, Value>>,
  make: (value: Value, name: string) => Made,
): Readonly<Record<string, Made>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value, key)]));
}
