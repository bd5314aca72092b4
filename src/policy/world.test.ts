// What the tests of this room share: two people, a few actors, and arbitraries for universal rules.

import { DAY_MS, word, type Actor, type EpochMs, type SubjectId, type Word } from "#kernel";
import {
  CATEGORY_IDS,
  decide,
  defineConfig,
  gdpr,
  hipaa,
  LAWFUL_BASES,
  ccpa,
  lgpd,
  sb243,
  SPECIAL_CONDITIONS,
  VERBS,
  type CategoryId,
  type ConsentFact,
  type Pack,
  type Permit,
  type Policy,
  type PolicyFacts,
  type PolicyRequest,
  type PurposeInput,
  type Verb,
} from "#policy";

import * as fc from "../../test/support/properties.ts";

export const NOW = Date.UTC(2026, 10, 21, 12) as EpochMs;
export const ada = "sub_ada-ada-ada-ada-ada-ad" as SubjectId;
export const bob = "sub_bob-bob-bob-bob-bob-bo" as SubjectId;

export const app: Actor = { kind: "app", id: word("shop"), roles: [word("app")] };
export const officer = staff("privacy-officer");
export const auditor = staff("auditor");

export function staff(role: string): Actor {
  return { kind: "staff", id: word("desk-7"), roles: [role as Word] };
}

export function daysFrom(at: EpochMs, days: number): EpochMs {
  return (at + days * DAY_MS) as EpochMs;
}

export const consent: ConsentFact = {
  granted: true,
  explicit: false,
  collectedAt: daysFrom(NOW, -10),
  validUntil: null,
};

/** Nothing stands in the way, and no consent is given. */
export const noFacts: PolicyFacts = {
  gateSeq: 4,
  policySeq: 2,
  consents: new Map(),
  restrictions: [],
  subjectErased: false,
};

export function consented(purpose: string, change: Partial<ConsentFact> = {}): PolicyFacts {
  return { ...noFacts, consents: new Map([[purpose, { ...consent, ...change }]]) };
}

export function policyWith(
  purposes: Record<string, PurposeInput>,
  packs: readonly Pack[] = [gdpr()],
): Policy {
  return defineConfig({ packs, purposes }).policy;
}

export function recalling(purpose: string, actor: Actor = app): PolicyRequest<"recall"> {
  return { verb: "recall", actor, subject: ada, purpose, at: NOW };
}

export function remembering(
  purpose: string,
  categories: readonly CategoryId[],
): PolicyRequest<"remember"> {
  return { verb: "remember", actor: app, subject: ada, purpose, at: NOW, categories };
}

export function permitted<V extends Verb>(
  request: PolicyRequest<V>,
  facts: PolicyFacts,
  policy: Policy,
): Permit<V> {
  const decision = decide(request, facts, policy);
  if (decision.outcome !== "permitted") throw new Error(`not permitted: ${decision.reason}`);
  return decision.permit;
}

const NAMES = ["assistant", "support", "care", "third_party_sharing"];
const roles = fc.subarray(["app", "nurse", "subject", "privacy-officer", "auditor"]);
const time = fc.integer({ min: -900, max: 900 }).map((days) => daysFrom(NOW, days));
const categories = fc.subarray(CATEGORY_IDS as readonly CategoryId[] as CategoryId[], {
  minLength: 1,
});

const purposeInput = fc.record(
  {
    basis: fc.constantFrom(...LAWFUL_BASES),
    condition: fc.constantFrom(...SPECIAL_CONDITIONS),
    categories,
    roles: fc.subarray(["app", "nurse", "subject"], { minLength: 1 }),
    retention: fc.constantFrom("P90D", "P1M", "P2Y"),
    maxNodes: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: [] },
);

export const packSets = fc.subarray([gdpr(), hipaa(), ccpa(), lgpd(), sb243()], { minLength: 1 });

export const purposeSets = fc.dictionary(fc.constantFrom(...NAMES), purposeInput, { maxKeys: 3 });

export const consentFacts: fc.Arbitrary<ConsentFact> = fc.record({
  granted: fc.boolean(),
  explicit: fc.boolean(),
  collectedAt: time,
  validUntil: fc.option(time),
});

export const factSets: fc.Arbitrary<PolicyFacts> = fc.record({
  gateSeq: fc.nat(),
  policySeq: fc.nat(),
  consents: fc.dictionary(fc.constantFrom(...NAMES), consentFacts).map((all) => {
    return new Map(Object.entries(all));
  }),
  restrictions: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(fc.record({ purpose: fc.option(fc.constantFrom(...NAMES)) }), { maxLength: 2 }),
  ),
  subjectErased: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});

export const requests: fc.Arbitrary<PolicyRequest> = fc.record({
  verb: fc.constantFrom(...(Object.keys(VERBS) as Verb[])),
  actor: roles.chain((some) =>
    fc.constantFrom("shop" as Word, ada as string as Word).map((id) => {
      return { kind: "app" as const, id, roles: some as Word[] };
    }),
  ),
  subject: fc.constant(ada),
  purpose: fc.option(fc.constantFrom(...NAMES, "unheard_of", "Not a code")),
  at: fc.constant(NOW),
  categories,
});
