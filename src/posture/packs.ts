import type { Policy, RuleName } from "#policy";

import type { Finding, State } from "./control.ts";
import { stateOf } from "./state.ts";

/** A rule of a law in force, and the controls that show it is kept. */
export interface PackRuleState {
  readonly pack: string;
  readonly profile: string;
  readonly rule: RuleName;
  readonly source: string;
  readonly state: State;
  readonly controls: readonly string[];
}

/** Which controls show that a rule is kept. A rule without one does not compile. */
const SHOWN_BY: Readonly<Record<RuleName, readonly string[]>> = {
  auditRetentionYears: ["log-kept-long-enough"],
  consentRecordRetentionDays: ["evidence-ends"],
  consentValidityDaysMax: ["log-tells-the-gates", "consents-have-their-time"],
  specialNeedsCondition: ["purposes-say-why", "health-is-labelled"],
  specialNeedsRetention: ["special-categories-end", "every-memory-has-its-end"],
  explicitConsentCategories: ["sensitive-needs-explicit-consent"],
  explicitConsentPurposes: ["sharing-needs-explicit-consent"],
  phiCategories: ["health-is-labelled", "health-has-its-agreements"],
  recallNodesMax: ["recalls-are-small", "remembered-and-recalled"],
  healthStaysInEea: ["transfers-in-force", "backups-stay"],
  breakNoticeHours: ["duties-are-told"],
  neverReturned: ["package-is-whole"],
  optOutSignal: ["opt-out-signal-is-obeyed"],
};

/** Each rule of each pack, by the controls that were checked. */
export function packStates(
  { packs }: Policy,
  findings: readonly Finding[],
): readonly PackRuleState[] {
  return packs.flatMap(({ name, profile, rules }) =>
    Object.entries(rules).map(([rule, { source }]) => {
      const controls = SHOWN_BY[rule as RuleName];
      const shown = findings.filter(({ control }) => controls.includes(control));
      const state = stateOf(shown);
      return { pack: name, profile, rule: rule as RuleName, source, state, controls };
    }),
  );
}
