import type { CaseWorld } from "#cases";
import { word, type Actor } from "#kernel";
import { lawsInForce, type LawProfile } from "#law";

import type { Notifier } from "./notifiers/notifier.ts";

/** What the register of incidents works with. */
export interface BreachWorld extends CaseWorld {
  readonly notifiers: readonly Notifier[];
}

/** Who does what nobody asked for: alerts, letters that were queued, reminders. */
export const OFFICE: Actor = {
  kind: "system",
  id: word("oubli"),
  roles: [word("privacy-officer")],
};

/** Every law that a configuration names; where somebody lives is not asked. */
export function lawsOf({ policy }: Pick<BreachWorld, "policy">): readonly LawProfile[] {
  const packs = policy.packs.map(({ name }) => name);
  return lawsInForce(packs, policy.law);
}
