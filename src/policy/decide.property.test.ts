import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  decide,
  defineConfig,
  gdpr,
  hipaa,
  policyFromJson,
  policyJson,
  ccpa,
  lgpd,
  sb243,
  VERBS,
  withheldBy,
  type Decision,
  type Pack,
  type Policy,
  type PurposeInput,
} from "#policy";

import * as fc from "../../test/support/properties.ts";
import { factSets, NOW, packSets, purposeSets, requests } from "./world.test.ts";

/** The policy, or nothing where the configuration is not accepted. */
function accepted(packs: readonly Pack[], purposes: Record<string, PurposeInput>): Policy | null {
  try {
    return defineConfig({ packs, purposes }).policy;
  } catch {
    return null;
  }
}

const policies = fc
  .tuple(packSets, purposeSets)
  .map(([packs, purposes]) => accepted(packs, purposes))
  .filter((policy) => policy !== null);

/** Whether `narrow` permits nothing that `wide` does not. */
function noMore(narrow: Decision, wide: Decision): boolean {
  if (narrow.outcome !== "permitted") return true;
  if (wide.outcome !== "permitted") return false;
  const [less, more] = [narrow.permit, wide.permit];
  return (
    less.kind === more.kind &&
    less.categories.every((category) => more.categories.includes(category)) &&
    less.maxNodes <= more.maxNodes &&
    (less.notAfter ?? Infinity) <= (more.notAfter ?? Infinity)
  );
}

const runs = { numRuns: 3000 };

describe("decide, for every request, all facts and any policy", () => {
  test("decides alike when everything is equal, also under a policy read back from its JSON", () => {
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const again = policyFromJson(policyJson(policy));
        assert.deepEqual(decide(request, facts, again), decide(request, facts, policy));
      }),
    );
  });

  test("taking a consent away, or putting a withdrawal in its place, never permits more", () => {
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const before = decide(request, facts, policy);
        for (const [purpose, consent] of facts.consents) {
          const consents = new Map(facts.consents);
          consents.delete(purpose);
          const without = decide(request, { ...facts, consents }, policy);
          consents.set(purpose, { ...consent, granted: false });
          const withdrawn = decide(request, { ...facts, consents }, policy);
          // A permit that no longer rests on consent lasts longer, and allows less.
          assert.ok(noMore(unending(without), unending(before)));
          assert.ok(noMore(unending(withdrawn), unending(before)));
        }
      }),
      runs,
    );
  });

  test("a restricted subject is permitted nothing but rights", () => {
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const restricted = { ...facts, restrictions: [{ purpose: null }] };
        const decision = decide(request, restricted, policy);
        assert.ok(decision.outcome !== "permitted" || decision.permit.kind === "right");
      }),
      runs,
    );
  });

  test("a restriction, or an erasure, never permits more", () => {
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const before = decide(request, facts, policy);
        const restrictions = [...facts.restrictions, { purpose: request.purpose }];
        assert.ok(noMore(decide(request, { ...facts, restrictions }, policy), before));
        assert.ok(noMore(decide(request, { ...facts, subjectErased: true }, policy), before));
      }),
      runs,
    );
  });

  test("one more pack never permits more", () => {
    const added = fc.constantFrom(gdpr(), hipaa(), ccpa(), lgpd(), sb243());
    fc.assert(
      fc.property(requests, factSets, packSets, purposeSets, added, (...given) => {
        const [request, facts, packs, purposes, pack] = given;
        const before = accepted(packs, purposes);
        const others = packs.filter(({ name }) => name !== pack.name);
        const after = accepted([...others, pack], purposes);
        if (before === null || after === null) return;
        const [wide, narrow] = [decide(request, facts, before), decide(request, facts, after)];
        assert.ok(noMore(unending(narrow), unending(wide)));
      }),
      runs,
    );
  });

  test("a use that is permitted has a declared purpose, a role, and only that purpose's categories", () => {
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const decision = decide(request, facts, policy);
        if (decision.outcome !== "permitted" || decision.permit.kind === "right") return;
        const purpose = policy.purposes[decision.permit.purpose!]!;
        const { permit } = decision;
        assert.ok(permit.categories.every((category) => purpose.categories?.includes(category)));
        assert.ok(
          purpose.roles === null ||
            purpose.roles.some((role) => request.actor.roles.includes(role)),
        );
        assert.equal(permit.basis, purpose.basis);
        if (permit.basis !== "consent") return;
        const consent = facts.consents.get(permit.purpose!);
        assert.ok(consent?.granted);
      }),
      runs,
    );
  });

  test("what a permit to write allows, a permit to read of the same moment does not withhold", () => {
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const write = decide({ ...request, verb: "remember" }, facts, policy);
        if (write.outcome !== "permitted") return;
        const read = decide({ ...request, verb: "recall" }, facts, policy);
        assert.ok(read.outcome === "permitted");
        const { categories = [] } = request;
        const node = {
          purposes: [write.permit.purpose],
          categories,
          createdAt: NOW,
          expiresAt: null,
        };
        assert.equal(withheldBy(read.permit, node, NOW), null);
      }),
      runs,
    );
  });

  test("the search is not empty: it meets every outcome, and every verb both ways", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(requests, factSets, policies, (request, facts, policy) => {
        const decision = decide(request, facts, policy);
        seen.add(decision.outcome === "permitted" ? decision.permit.kind : decision.reason);
        seen.add(`${request.verb} ${decision.outcome === "permitted"}`);
      }),
      { numRuns: 20_000, seed: 7 },
    );
    for (const verb of Object.keys(VERBS)) {
      assert.ok(seen.has(`${verb} true`) && seen.has(`${verb} false`), verb);
    }
    for (const outcome of ["use", "right", "basis-not-configured", "explicit-consent-missing"]) {
      assert.ok(seen.has(outcome), outcome);
    }
  });
});

/** The decision without its consent's end. */
function unending(decision: Decision): Decision {
  if (decision.outcome !== "permitted") return decision;
  return { ...decision, permit: { ...decision.permit, notAfter: null } };
}
