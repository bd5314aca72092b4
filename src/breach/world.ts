import type { CaseWorld } from "#cases";
import { DAY_MS, later, type EpochMs } from "#kernel";
import { rulesOf } from "#policy";

import type { BreachLanguages } from "./drafts/language.ts";
import type { Notifier } from "./notifiers/notifier.ts";

/** What the register of incidents works with. */
export interface BreachWorld extends CaseWorld {
  readonly notifiers: readonly Notifier[];
  /** Those beside English that letters to the people are written in. */
  readonly breachLetters: BreachLanguages;
}

/** As long as the log is kept at least, and no less than six years. @source 45 CFR 164.316(b)(2)(i) */
export function registerEnds({ policy, clock }: Pick<BreachWorld, "policy" | "clock">): EpochMs {
  const years = Math.max(6, rulesOf(policy).auditRetentionYears.value ?? 0);
  return later(clock.now(), Math.ceil(years * 365.25) * DAY_MS);
}
