import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  assertPermit,
  filterKey,
  guardsFor,
  mayExplain,
  nextExpiry,
  refusalError,
  decide,
  subjectActor,
  withheldBy,
  type Permit,
} from "#policy";

import {
  ada,
  app,
  auditor,
  consented,
  noFacts,
  NOW,
  officer,
  permitted,
  policyWith,
  recalling,
  remembering,
} from "./world.test.ts";

const policy = policyWith({ support: { basis: "contract", categories: ["account"] } });
const permit = permitted(recalling("support"), noFacts, policy);
const node = { purposes: ["support"], categories: ["account"], createdAt: NOW, expiresAt: null };

describe("a permit comes from decide alone", () => {
  test("a copy, a cast and a permit read back from JSON are refused by all that take one", () => {
    const copies = [
      { ...permit },
      Object.create(permit) as Permit,
      structuredClone(permit),
      JSON.parse(JSON.stringify(permit)) as Permit,
      {} as Permit,
    ];
    for (const copy of copies) {
      const refused = { code: "POLICY_REFUSED", details: { reason: "permit-not-minted" } };
      assert.throws(() => assertPermit(copy), refused);
      assert.throws(() => withheldBy(copy, node, NOW), refused);
      assert.throws(() => filterKey(copy), refused);
      assert.throws(() => nextExpiry(copy, []), refused);
      assert.throws(() => guardsFor(copy), refused);
    }
    assertPermit(permit);
  });

  test("a permit cannot be changed, nor through the actor or the lists that it was made from", () => {
    const roles = [...app.roles];
    const own = permitted(recalling("support", { ...app, roles }), noFacts, policy);
    roles.push(...officer.roles);
    assert.deepEqual(own.actor.roles, app.roles);
    for (const part of [own, own.actor, own.actor.roles, own.categories]) {
      assert.ok(Object.isFrozen(part));
    }
  });
});

test("a permit carries who, what, why, and the state of the world that it holds for", () => {
  const { ...fields } = permitted(recalling("support"), noFacts, policy);
  assert.deepEqual(fields, {
    kind: "use",
    verb: "recall",
    actor: app,
    subject: ada,
    purpose: "support",
    basis: "contract",
    gateSeq: 4,
    policySeq: 2,
    notAfter: null,
    categories: ["account"],
    maxNodes: 100,
    relevanceFloor: 0,
    use: "quote",
  });
});

describe("guardsFor names the guards that applied, in order, from the configuration alone", () => {
  test("a recall passes all of them, consent only where the purpose has to do with it", () => {
    const consenting = permitted(recalling("assistant"), consented("assistant"), policy);
    assert.equal(
      guardsFor(consenting).join(" "),
      "role purpose erased consent restricted category expired minimum-necessary",
    );
    assert.equal(
      guardsFor(permit).join(" "),
      "role purpose erased restricted category expired minimum-necessary",
    );
  });

  test("they do not depend on what the subject consented to", () => {
    const explicit = permitted(
      recalling("assistant"),
      consented("assistant", { explicit: true }),
      policy,
    );
    const implied = permitted(recalling("assistant"), consented("assistant"), policy);
    assert.deepEqual(guardsFor(explicit), guardsFor(implied));
  });

  test("a write is not cut to the minimum, and a right passes what binds a right", () => {
    const write = permitted(remembering("support", ["account"]), noFacts, policy);
    assert.equal(guardsFor(write).join(" "), "role purpose erased restricted category");
    const request = { ...recalling("support", subjectActor(ada)), purpose: null };
    const exported = permitted({ ...request, verb: "export" }, noFacts, policy);
    assert.equal(guardsFor(exported).join(" "), "role erased expired");
  });
});

test("the counts of what was withheld are for the privacy officer and the auditor", () => {
  assert.deepEqual([officer, auditor].map(mayExplain), [true, true]);
  assert.deepEqual([app, subjectActor(ada)].map(mayExplain), [false, false]);
});

test("the error of a refusal can be pasted away: it prints the grant that is missing", () => {
  const decision = decide(recalling("assistant"), noFacts, policy);
  assert.ok(decision.outcome === "refused");
  const error = refusalError(decision);
  assert.equal(error.code, "CONSENT_MISSING");
  assert.match(error.message, /consent\.grant\(\{ purpose: "assistant", policyVersion/);
});
