import type { EffectiveRule } from "./pack.ts";
import { rulesOf, type Policy } from "./policy.ts";
import { RULE_NAMES } from "./rules.ts";

/** Every rule: its value in force, and the packs and articles that set it. Plain JSON. */
export function explain(policy: Policy): readonly EffectiveRule[] {
  const rules = rulesOf(policy);
  return RULE_NAMES.map((name) => rules[name]);
}
