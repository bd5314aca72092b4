import { RULE_NAMES, RULES, type RuleName, type RuleValues } from "./rules.ts";

/** One rule of a pack, with the article it comes from. */
export interface PackRule<Value> {
  readonly value: Value;
  /** The article, or `choice: …` where the law gives no number and this profile picks one. */
  readonly source: string;
}

/** A regulation as data: a change of law is a change of data, under a new profile. */
export interface Pack {
  readonly name: string;
  /** Its version, such as `gdpr-2026.1`. */
  readonly profile: string;
  readonly rules: { readonly [Name in RuleName]?: PackRule<RuleValues[Name]> };
}

/** A rule in force. `value` is `null` when no pack rules it. */
export interface EffectiveRule<Name extends RuleName = RuleName> {
  readonly rule: Name;
  readonly value: RuleValues[Name] | null;
  /** The packs that set the value, and where they take it from. */
  readonly from: readonly { readonly pack: string; readonly source: string }[];
}

export type EffectiveRules = { readonly [Name in RuleName]: EffectiveRule<Name> };

/** The strictest of each rule over the packs. One more pack never loosens a rule. */
export function combinePacks(packs: readonly Pack[]): EffectiveRules {
  return Object.fromEntries(
    RULE_NAMES.map((rule) => [rule, combineRule(rule, packs)]),
  ) as unknown as EffectiveRules;
}

function combineRule(rule: RuleName, packs: readonly Pack[]): EffectiveRule {
  const set = packs.flatMap((pack) => {
    const given = pack.rules[rule] as PackRule<unknown> | undefined;
    return given === undefined ? [] : [{ pack: pack.profile, ...given }];
  });
  const value = strictest(
    rule,
    set.map((given) => given.value),
  ) as EffectiveRule["value"];
  const from = set
    .filter((given) => RULES[rule] === "union" || given.value === value)
    .map(({ pack, source }) => ({ pack, source }));
  return { rule, value, from };
}

function strictest(rule: RuleName, values: readonly unknown[]): unknown {
  if (values.length === 0) return null;
  switch (RULES[rule]) {
    case "highest":
      return Math.max(...(values as number[]));
    case "lowest":
      return Math.min(...(values as number[]));
    case "any":
      return values.includes(true);
    case "union":
      return [...new Set((values as string[][]).flat())].sort();
  }
}
