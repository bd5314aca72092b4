import type { ErasureWorld } from "#erasure";
import { OubliError, pathWord, type EpochMs, type Word } from "#kernel";
import { parseDuration, rulesOf, type Duration, type Policy } from "#policy";
import { tenantOfSource, type Source, type SourceRetention } from "#sources";

import { beforeOf } from "./before.ts";

/**
 * How long records of these names are kept where their source does not say.
 *
 * @source requirements B7; each is a choice: the laws give no numbers
 */
export const SHIPPED_RULES: Readonly<Record<string, Pick<SourceRetention, "maxAge" | "keeps">>> = {
  "session-logs": { maxAge: "P90D" },
  "analytics-events": { maxAge: "P365D" },
  "support-tickets": { maxAge: "P730D" },
  "consent-records": { maxAge: "P2555D", keeps: "consent" },
  "audit-records": { keeps: "audit" },
};

/** The rule for what is remembered here: each memory has the end that its policy gave it. */
export const MEMORIES = "memories" as Word;

/** A time that law or a pack has records kept: no rule removes them before. */
export interface Floor {
  readonly days?: number;
  readonly years?: number;
  readonly from: readonly { readonly pack: string; readonly source: string }[];
}

/** A rule of a connected table. */
export interface TableRule {
  /** The source's name and the rule's own. */
  readonly rule: Word;
  readonly source: Word;
  /** The source's; `null`: its rows are of people of every region. */
  readonly region: Word | null;
  /** An ISO 8601 duration. */
  readonly maxAge: string;
  /** `shipped`: the source does not say how long. */
  readonly from: "source" | "shipped";
  readonly floor: Floor | null;
  /** Whether it passes over whoever is on hold; one that does not waits for the release. */
  readonly spares: boolean;
}

/**
 * The rules of the connected tables, by name.
 *
 * @throws {OubliError} `CONFIG_INVALID` for a rule without an age, or with one under its floor.
 */
export function tableRules(
  policy: Policy,
  sources: ReadonlyMap<Word, Source>,
  now: EpochMs,
): readonly TableRule[] {
  return [...sources.values()]
    .flatMap((source) => (source.retention ?? []).map((rule) => ruleOf(policy, source, rule, now)))
    .sort((left, right) => (left.rule < right.rule ? -1 : 1));
}

/** Those of one controller's systems: what ends in another's is not theirs to count, or to begin. */
export function tableRulesOf(
  { policy, sources, clock }: Pick<ErasureWorld, "policy" | "sources" | "clock">,
  tenant: Word,
): readonly TableRule[] {
  const rules = tableRules(policy, sources, clock.now());
  return rules.filter(({ source }) => tenantOfSource({ policy }, source) === tenant);
}

function ruleOf(policy: Policy, source: Source, given: SourceRetention, now: EpochMs): TableRule {
  const shipped = SHIPPED_RULES[given.rule.replaceAll("_", "-")];
  const maxAge = given.maxAge ?? shipped?.maxAge;
  const field = pathWord(["sources", source.name, "retention", given.rule, "maxAge"]);
  const refuse = (shown: string, accepted: string): OubliError =>
    new OubliError("CONFIG_INVALID", { field, given: shown as Word, accepted: accepted as Word });
  if (maxAge === undefined) throw refuse("nothing", "an ISO 8601 duration, such as P90D");
  const duration = parseDuration(maxAge);
  if (duration === null) throw refuse("another text", "an ISO 8601 duration, such as P90D");
  const floor = floorOf(policy, given.keeps ?? shipped?.keeps);
  if (floor !== null && beforeOf(now, duration) > floorBefore(now, floor)) {
    throw refuse(maxAge, floorText(floor));
  }
  return {
    rule: `${source.name}.${given.rule}` as Word,
    source: source.name,
    region: source.region,
    maxAge,
    from: given.maxAge === undefined ? "shipped" : "source",
    floor,
    spares: given.spares === true,
  };
}

/**
 * What is older goes. Never what a floor keeps, also where a leap year has come between the look at
 * the configuration and the run.
 */
export function cutOff({ maxAge, floor }: Pick<TableRule, "maxAge" | "floor">, now: EpochMs) {
  const before = beforeOf(now, parseDuration(maxAge)!);
  return floor === null ? before : (Math.min(before, floorBefore(now, floor)) as EpochMs);
}

function floorOf(policy: Policy, keeps: SourceRetention["keeps"]): Floor | null {
  const { consentRecordRetentionDays: consent, auditRetentionYears: audit } = rulesOf(policy);
  if (keeps === "consent" && consent.value !== null) {
    return { days: consent.value, from: consent.from };
  }
  if (keeps === "audit" && audit.value !== null) return { years: audit.value, from: audit.from };
  return null;
}

function floorBefore(now: EpochMs, { days = 0, years = 0 }: Floor): EpochMs {
  const duration: Duration = { months: 12 * years, days };
  return beforeOf(now, duration);
}

function floorText({ days, years, from }: Floor): string {
  const long = days === undefined ? `${years} years` : `${days} days`;
  return `at least ${long}: ${from.map(({ pack }) => pack).join(", ")}`;
}
