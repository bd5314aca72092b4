import { describe, isCode, type EpochMs, type Word } from "#kernel";

import { isCategory, type Category } from "./categories.ts";
import { consentNeeded, consentState, needsExplicitConsent, type ConsentState } from "./consent.ts";
import type { Decision, Gap, Refused } from "./decision.ts";
import { guard, GUARDS, type Guard } from "./guard.ts";
import type { LawfulBasis } from "./lawful.ts";
import { mint } from "./permit.ts";
import { purposeOf, type Policy } from "./policy.ts";
import type { Purpose } from "./purpose.ts";
import { gap, refuse } from "./refuse.ts";
import { ARRIVAL_LOST, type PolicyFacts, type PolicyRequest } from "./request.ts";
import { mayUse } from "./roles.ts";
import { VERBS, type Verb, type VerbFacts } from "./verb.ts";

/** A purpose about which the configuration says everything that a use needs. */
interface Declared {
  readonly name: Word;
  readonly purpose: Purpose;
  readonly basis: LawfulBasis;
  readonly categories: readonly Category[];
}

/** A declared purpose, and what the subject's consent makes of it at this instant. */
interface Asked extends Declared {
  readonly policy: Policy;
  readonly consent: ConsentState;
  /** Whether the purpose as a whole rests on consent, and on an explicit one. */
  readonly needed: { readonly consent: boolean; readonly explicit: boolean };
  readonly allowed: readonly Category[];
  readonly unconsented: readonly Category[];
}

/** Asks the guards of a use, in their order; the first that says no decides. */
export function decideUse<V extends Verb>(
  request: PolicyRequest<V>,
  facts: PolicyFacts,
  { policy, roles }: { policy: Policy; roles: readonly Word[] },
): Decision<V> {
  const declared = rolePurpose(request, policy, roles);
  if ("outcome" in declared) return declared;
  if (facts.subjectErased) return refuse("erased", "subject-erased", "SUBJECT_ERASED");
  const asked = withConsent(declared, request.at, { facts, policy });
  return (
    arrivalLost(facts) ??
    consentMissing(request, asked) ??
    restricted(facts, asked.name) ??
    categoryNotAllowed(request, asked) ??
    permitted(request, facts, asked)
  );
}

/** The guards `role` and `purpose`. An actor without a role learns nothing about purposes. */
function rolePurpose(
  { purpose: name }: PolicyRequest,
  policy: Policy,
  roles: readonly Word[],
): Declared | Refused | Gap {
  if (!mayUse(roles, null) && !namedSomewhere(policy, roles)) {
    return refuse("role", "role-missing", "POLICY_REFUSED");
  }
  if (name === null) return refuse("purpose", "purpose-missing", "PURPOSE_UNKNOWN");
  const purpose = isCode(name) ? purposeOf(policy, name) : null;
  if (purpose === null) {
    // What is not declared is whatever the caller typed: it stays out of the error and the log.
    return refuse("purpose", "purpose-unknown", "PURPOSE_UNKNOWN", {
      given: describe(name),
      declared: Object.keys(policy.purposes).sort() as Word[],
    });
  }
  const known = name as Word;
  if (!mayUse(roles, purpose.roles)) {
    return refuse("role", "purpose-not-for-role", "POLICY_REFUSED", { purpose: known });
  }
  const { basis, categories } = purpose;
  if (basis === null) return gap("purpose", "basis-not-configured", { purpose: known });
  if (categories === null) return gap("purpose", "categories-not-configured", { purpose: known });
  return { name: known, purpose, basis, categories };
}

function namedSomewhere(policy: Policy, roles: readonly Word[]): boolean {
  return Object.values(policy.purposes).some(
    (purpose) => purpose.roles !== null && mayUse(roles, purpose.roles),
  );
}

function withConsent(
  declared: Declared,
  at: EpochMs,
  { facts, policy }: { facts: PolicyFacts; policy: Policy },
): Asked {
  const { name, purpose, categories } = declared;
  const consent = consentState(facts.consents.get(name), at, policy);
  const needed = consentNeeded(name, purpose, policy);
  const open = (category: Category) =>
    (consent.inForce && consent.explicit) || !needsExplicitConsent(category, purpose, policy);
  return {
    ...declared,
    policy,
    consent,
    needed,
    allowed: categories.filter(open),
    unconsented: categories.filter((category) => !open(category)),
  };
}

/**
 * The guard `consent`: one in force where the purpose rests on it, an explicit one where the law
 * or a pack asks for it. Reading needs it as much as writing.
 *
 * @source GDPR Art. 6(1)(a), 7(1), 9(2)(a)
 */
function consentMissing(request: PolicyRequest, asked: Asked): Refused | null {
  const { name, consent, needed, allowed, unconsented } = asked;
  const closed = (request.categories ?? []).filter((id) =>
    unconsented.some((other) => other === id),
  );
  const explicit = needed.explicit || closed.length > 0 || allowed.length === 0;
  const details = { purpose: name, explicit };
  if (needed.consent && !consent.inForce) {
    return refuse("consent", "consent-missing", "CONSENT_MISSING", details);
  }
  if (explicit && !(consent.inForce && consent.explicit)) {
    return refuse("consent", "explicit-consent-missing", "CONSENT_MISSING", details);
  }
  return null;
}

/** The guard `restricted`, before the consent: that may be lost as well, and giving it mends nothing. */
function arrivalLost({ restrictions }: PolicyFacts): Refused | null {
  const lost = restrictions.some(({ ground }) => ground === ARRIVAL_LOST);
  return lost ? refuse("restricted", "arrival-lost", "ARRIVAL_LOST") : null;
}

/** The guard `restricted`: storage only, so neither a reading nor a new memory. */
function restricted({ restrictions }: PolicyFacts, name: Word): Refused | null {
  const applies = restrictions.some(({ purpose }) => purpose === null || purpose === name);
  if (!applies) return null;
  return refuse("restricted", "restricted", "SUBJECT_RESTRICTED", { purpose: name });
}

/** The guard `category`, for a write: it says what it stores, and all of it must be allowed. */
function categoryNotAllowed(
  { verb, categories = [] }: PolicyRequest,
  { name, allowed }: Asked,
): Refused | null {
  const { writes }: VerbFacts = VERBS[verb];
  if (writes && categories.length === 0) {
    return refuse("category", "category-missing", "POLICY_REFUSED", { purpose: name });
  }
  const refused = categories.filter((id) => !allowed.some((other) => other === id));
  if (refused.length === 0) return null;
  return refuse("category", "category-not-allowed", "POLICY_REFUSED", {
    purpose: name,
    categories: refused.filter(isCategory),
    accepted: allowed,
  });
}

function permitted<V extends Verb>(
  { verb, actor, subject }: PolicyRequest<V>,
  { gateSeq, policySeq }: PolicyFacts,
  { name, purpose, basis, policy, consent, needed, allowed, unconsented }: Asked,
): Decision<V> {
  const rests = (category: Category) => needsExplicitConsent(category, purpose, policy);
  const permit = mint<V>(
    {
      kind: "use",
      verb,
      actor,
      subject,
      purpose: name,
      basis,
      gateSeq,
      policySeq,
      notAfter: needed.consent || allowed.some(rests) ? consent.endsAt : null,
      categories: Object.freeze([...allowed]),
      maxNodes: purpose.maxNodes,
      relevanceFloor: purpose.relevanceFloor,
      use: purpose.use,
    },
    {
      policy,
      mode: "use",
      allowed: new Set(allowed),
      unconsented: new Set(unconsented),
      guards: guardsAsked(verb, needed.consent || [...allowed, ...unconsented].some(rests)),
    },
  );
  return { outcome: "permitted", permit };
}

/** The guards of a use in their order, without those that its verb or its purpose does not have. */
function guardsAsked(verb: Verb, consent: boolean): readonly Guard[] {
  const asked = GUARDS.filter((name) => {
    if (name === "consent") return consent;
    if (name === "expired") return verb !== "remember";
    return name !== "minimum-necessary" || verb === "recall";
  });
  return Object.freeze(asked.map(guard));
}
