import { DEFAULT_TENANT, type Word } from "#kernel";
import {
  CATEGORY_IDS,
  rulesOf,
  type Category,
  type CategoryId,
  type Controller,
  type Policy,
  type Purpose,
  type StandingTransfer,
} from "#policy";

import { accountOf } from "./account.ts";
import { inventory, type Inventory } from "./inventory.ts";
import { securityMeasures, type Measure } from "./measures.ts";
import { processorRegister, type RegisteredProcessor } from "./register.ts";
import { articleOf, articleOfCondition, termsOf, type CategoryTerms } from "./terms.ts";
import type { Account, AccountabilityWorld, System } from "./world.ts";

/** The record of processing activities, from what is configured and what is there. */
export interface RecordOfProcessing extends Account {
  readonly version: 1;
  /** The laws that it was read under. */
  readonly profiles: readonly string[];
  /** @source GDPR Art. 30(1)(a) */
  readonly controller: Controller | null;
  /** The controller's name in this installation, where it keeps several apart. */
  readonly tenant: Word;
  readonly activities: readonly Activity[];
  readonly categories: readonly (CategoryTerms & { readonly ends: readonly CategoryEnd[] })[];
  /** @source GDPR Art. 30(1)(d) */
  readonly recipients: readonly RegisteredProcessor[];
  readonly systems: readonly System[];
  /** @source GDPR Art. 30(1)(e) */
  readonly transfers: readonly StandingTransfer[];
  readonly logs: { readonly auditYears: number | null; readonly consentDays: number | null };
  readonly measures: readonly Measure[];
  readonly holds: Inventory;
  /**
   * What who runs this for others writes down; `null` for the configuration's own controller.
   *
   * @source GDPR Art. 30(2)
   */
  readonly asProcessor: {
    readonly onBehalfOf: Word;
    readonly processing: readonly string[];
    readonly transfers: readonly StandingTransfer[];
  } | null;
  /** What the law asks for and the configuration does not say: its fields. */
  readonly missing: readonly string[];
}

/** One purpose. @source GDPR Art. 30(1)(b)–(c), (f) */
export interface Activity extends Omit<Purpose, "categories"> {
  readonly purpose: string;
  readonly article: string | null;
  readonly conditionArticle: string | null;
  readonly people: readonly string[];
  readonly categories: readonly CategoryTerms[];
  readonly recipients: readonly string[];
  /** How many items are held for it now. */
  readonly items: number;
}

/** When a category's items end, for a purpose; the earlier of both limits holds. */
export interface CategoryEnd {
  readonly purpose: string;
  readonly retention: string | null;
  /** The longest that the category is kept for anything. */
  readonly most: string | null;
  readonly justification: string | null;
}

const PROCESSING = [
  "storing sealed items and their embeddings",
  "reading them for one declared purpose",
  "deriving items from items",
  "giving items to registered recipients",
  "export, correction, restriction and erasure on request",
  "keeping consents and the audit log",
];

/**
 * The record of processing, for the controller and for whoever processes on their behalf.
 *
 * @source GDPR Art. 30(1), 30(2)
 */
export async function recordOfProcessing(
  world: AccountabilityWorld,
  tenant: Word,
): Promise<RecordOfProcessing> {
  const { policy, clock, region } = world;
  const holds = await inventory(world);
  const recipients = processorRegister(policy, clock.now());
  const transfers = (policy.transfers ?? []).filter(({ from }) => from === region);
  const rules = rulesOf(policy);
  return {
    version: 1,
    ...accountOf(world),
    profiles: policy.packs.map(({ profile }) => profile),
    controller: policy.controller ?? null,
    tenant,
    activities: Object.entries(policy.purposes).map((entry) => activityOf(policy, entry, holds)),
    categories: usedCategories(policy).map((one) => ({
      ...termsOf(one),
      ends: endsOf(policy, one),
    })),
    recipients,
    systems: Object.entries(policy.sources ?? {})
      .filter(([, facts]) => (facts.tenant ?? DEFAULT_TENANT) === tenant)
      .map(([name, facts]) => ({ name, ...facts })),
    transfers,
    logs: {
      auditYears: rules.auditRetentionYears.value,
      consentDays: rules.consentRecordRetentionDays.value,
    },
    measures: await securityMeasures(world),
    holds,
    asProcessor:
      tenant === DEFAULT_TENANT ? null : { onBehalfOf: tenant, processing: PROCESSING, transfers },
    missing: missingIn(policy),
  };
}

function activityOf(
  policy: Policy,
  [name, purpose]: readonly [string, Purpose],
  holds: Inventory,
): Activity {
  const { categories, ...facts } = purpose;
  return {
    purpose: name,
    ...facts,
    article: articleOf(purpose.basis),
    conditionArticle: articleOfCondition(purpose.condition),
    people: policy.controller?.people ?? [],
    categories: (categories ?? []).map(termsOf),
    recipients: recipientsFor(policy, name),
    items: holds.byPurpose.find(({ purpose: one }) => (one as string) === name)?.nodes ?? 0,
  };
}

/** Who may be given what is kept for a purpose. */
export function recipientsFor({ processors = {} }: Policy, purpose: string): readonly string[] {
  return Object.entries(processors)
    .filter(([, { purposes }]) => purposes?.some((one) => (one as string) === purpose))
    .map(([name]) => name)
    .toSorted();
}

function usedCategories({ purposes }: Policy): readonly Category[] {
  const used = new Set(Object.values(purposes).flatMap(({ categories }) => categories ?? []));
  return CATEGORY_IDS.filter((one) => used.has(one));
}

function endsOf({ purposes, retention }: Policy, category: Category): readonly CategoryEnd[] {
  return Object.entries(purposes)
    .filter(([, { categories }]) => categories?.includes(category))
    .map(([purpose, facts]) => ({
      purpose,
      retention: facts.retention,
      most: retention[category as CategoryId] ?? null,
      justification: facts.retentionJustification,
    }));
}

function missingIn(policy: Policy): readonly string[] {
  const { controller, purposes, processors = {} } = policy;
  const who = [
    ...(controller === undefined ? ["controller"] : []),
    ...(controller !== undefined && controller.people === undefined ? ["controller.people"] : []),
  ];
  const why = Object.entries(purposes).flatMap(([name, { basis, categories }]) => [
    ...(basis === null ? [`purposes.${name}.basis`] : []),
    ...(categories === null ? [`purposes.${name}.categories`] : []),
  ]);
  const whom = Object.entries(processors)
    .filter(([, { role, purposes: used }]) => role !== "infrastructure" && used === null)
    .map(([name]) => `processors.${name}.purposes`);
  return [...who, ...why, ...whom];
}
