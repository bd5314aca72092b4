import { DAY_MS, type EpochMs } from "#kernel";

import { isCategory, isSpecial, type CategoryId } from "./categories.ts";
import { purposeOf, rulesOf, type Policy } from "./policy.ts";
import type { Purpose } from "./purpose.ts";
import type { ConsentFact, PolicyFacts } from "./request.ts";
import { earlier } from "./retention.ts";

/** What a purpose's consent amounts to at one instant. */
export interface ConsentState {
  readonly inForce: boolean;
  readonly explicit: boolean;
  readonly endsAt: EpochMs | null;
}

const NONE: ConsentState = { inForce: false, explicit: false, endsAt: null };

/**
 * A consent counts from its record on, until its end or the packs' limit. A record is never of the
 * future: one that was collected after `at` is of a process whose clock is ahead of this one. Were
 * it left out, what a person told under it would be erased here as told under none.
 */
export function consentState(
  consent: ConsentFact | undefined,
  at: EpochMs,
  policy: Policy,
): ConsentState {
  if (consent === undefined || !consent.granted) return NONE;
  const days = rulesOf(policy).consentValidityDaysMax.value;
  const limit = days === null ? null : ((consent.collectedAt + days * DAY_MS) as EpochMs);
  const endsAt = earlier(consent.validUntil, limit);
  if (endsAt !== null && endsAt <= at) return NONE;
  return { inForce: true, explicit: consent.explicit, endsAt };
}

/** Whether a purpose may hold a category under explicit consent alone. */
export function needsExplicitConsent(
  category: CategoryId,
  purpose: Purpose,
  policy: Policy,
): boolean {
  if (isSpecial(category) && purpose.condition === "explicit-consent") return true;
  return rulesOf(policy).explicitConsentCategories.value?.some((id) => id === category) ?? false;
}

/**
 * Whether a purpose may keep a memory, as far as consent goes: whatever it needs consent for, as a
 * whole or for one of the memory's categories, has one in force. A purpose that is not declared
 * (any more) says nothing about consent, and keeps.
 *
 * @source GDPR Art. 6(1)(a), 9(2)(a), 17(1)(b)
 */
export function holdsUnder(
  name: string,
  categories: readonly string[],
  { consents, at, policy }: Pick<PolicyFacts, "consents"> & { at: EpochMs; policy: Policy },
): boolean {
  const purpose = purposeOf(policy, name);
  if (purpose === null) return true;
  const { inForce, explicit } = consentState(consents.get(name), at, policy);
  if (inForce && explicit) return true;
  const needed = consentNeeded(name, purpose, policy);
  if (needed.explicit || (needed.consent && !inForce)) return false;
  const known = categories.filter(isCategory);
  return !known.some((category) => needsExplicitConsent(category, purpose, policy));
}

/** Whether a purpose as a whole rests on consent, and whether that consent must be explicit. */
export function consentNeeded(name: string, purpose: Purpose, policy: Policy) {
  const explicit =
    rulesOf(policy).explicitConsentPurposes.value?.some((id) => id === name) ?? false;
  return { consent: explicit || purpose.basis === "consent", explicit };
}

/**
 * Whether no use of a purpose is lawful without explicit consent: the purpose as a whole asks for
 * it, or every category that it may hold does. An implied consent to it would never count.
 *
 * @source GDPR Art. 9(2)(a)
 */
export function explicitAlone(name: string, purpose: Purpose, policy: Policy): boolean {
  if (consentNeeded(name, purpose, policy).explicit) return true;
  const known = purpose.categories ?? [];
  return known.length > 0 && known.every((id) => needsExplicitConsent(id, purpose, policy));
}
