import type { CaseWorld } from "#cases";
import { DAY_MS, later, type EpochMs } from "#kernel";
import { lawsInForce, type LawProfile } from "#law";
import { rulesOf } from "#policy";

import type { Notifier } from "./notifiers/notifier.ts";

/** What the register of incidents works with. */
export interface BreachWorld extends CaseWorld {
  readonly notifiers: readonly Notifier[];
}

/** Every law that a configuration names; where somebody lives is not asked. */
export function lawsOf({ policy }: Pick<BreachWorld, "policy">): readonly LawProfile[] {
  const packs = policy.packs.map(({ name }) => name);
  return lawsInForce(packs, policy.law);
}

/** As long as the log is kept at least, and no less than six years. @source 45 CFR 164.316(b)(2)(i) */
export function registerEnds({ policy, clock }: Pick<BreachWorld, "policy" | "clock">): EpochMs {
  const years = Math.max(6, rulesOf(policy).auditRetentionYears.value ?? 0);
  return later(clock.now(), Math.ceil(years * 365.25) * DAY_MS);
}
