import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { word } from "#kernel";
import { decide, gdpr, sb243, subjectActor, type PolicyFacts, type PolicyRequest } from "#policy";

import { withoutRandom } from "../../test/support/without-random.ts";
import {
  ada,
  app,
  auditor,
  bob,
  consented,
  daysFrom,
  noFacts,
  NOW,
  officer,
  permitted,
  policyWith,
  recalling,
  remembering,
  staff,
} from "./world.test.ts";

const policy = policyWith({
  support: { basis: "contract", categories: ["account", "preference"], retention: "P2Y" },
  care: {
    basis: "contract",
    condition: "health-care",
    categories: ["health"],
    roles: ["nurse"],
    retention: "P10Y",
  },
  mood: {
    basis: "consent",
    condition: "explicit-consent",
    categories: ["mental_health"],
    retention: "P90D",
  },
  unfinished: {},
  half_done: { basis: "contract" },
});

function answer(request: PolicyRequest, facts: PolicyFacts = noFacts, under = policy) {
  const decision = decide(request, facts, under);
  if (decision.outcome === "permitted") return "permitted";
  return `${decision.outcome}: ${decision.guard}: ${decision.reason}: ${decision.code}`;
}

describe("the guard role", () => {
  test("a purpose that names roles is for them alone", () => {
    const refused = "refused: role: purpose-not-for-role: POLICY_REFUSED";
    assert.equal(answer(recalling("care", app)), refused);
    assert.equal(answer(recalling("care", staff("nurse"))), "permitted");
  });

  test("who watches over memories does not use them, and learns of no purpose", () => {
    for (const actor of [officer, auditor, { ...app, roles: [] }]) {
      const refused = "refused: role: role-missing: POLICY_REFUSED";
      assert.equal(answer(recalling("support", actor)), refused);
      assert.equal(answer(recalling("unheard_of", actor)), refused);
    }
  });

  test("a person is a subject to their own memories alone", () => {
    assert.equal(answer(recalling("support", subjectActor(ada))), "permitted");
    const refused = "refused: role: role-missing: POLICY_REFUSED";
    assert.equal(answer(recalling("support", subjectActor(bob))), refused);
    assert.equal(answer({ ...recalling("support", subjectActor(bob)), verb: "export" }), refused);
  });
});

describe("the guard purpose", () => {
  test("a purpose that is not declared is unknown, and what was given is not repeated", () => {
    for (const name of ["ada-lovelace", "Ada L., born 1815"]) {
      const decision = decide(recalling(name), noFacts, policy);
      assert.ok(decision.outcome === "refused" && decision.code === "PURPOSE_UNKNOWN");
      assert.equal(decision.details["given"], `a string of ${name.length} characters`);
      assert.doesNotMatch(withoutRandom(JSON.stringify(decision)), /ada/i);
    }
    assert.equal(answer(recalling("constructor")).includes("PURPOSE_UNKNOWN"), true);
  });

  test("a use without a purpose is refused", () => {
    const refused = "refused: purpose: purpose-missing: PURPOSE_UNKNOWN";
    assert.equal(answer({ ...recalling("support"), purpose: null }), refused);
  });

  test("where the configuration does not say, it is a gap: no basis, no categories", () => {
    assert.equal(answer(recalling("unfinished")), "gap: purpose: basis-not-configured: POLICY_GAP");
    const gap = "gap: purpose: categories-not-configured: POLICY_GAP";
    assert.equal(answer(recalling("half_done")), gap);
  });
});

describe("the guard erased", () => {
  test("an erased subject is neither read nor written", () => {
    const refused = "refused: erased: subject-erased: SUBJECT_ERASED";
    const erased = { ...noFacts, subjectErased: true };
    assert.equal(answer(recalling("support"), erased), refused);
    assert.equal(answer(remembering("support", ["account"]), erased), refused);
  });
});

describe("the guard consent", () => {
  const missing = "refused: consent: consent-missing: CONSENT_MISSING";
  const explicitMissing = "refused: consent: explicit-consent-missing: CONSENT_MISSING";

  test("without consent nothing is stored and nothing is read", () => {
    assert.equal(answer(remembering("assistant", ["preference"])), missing);
    assert.equal(answer(recalling("assistant")), missing);
    assert.equal(answer(recalling("assistant"), consented("assistant")), "permitted");
  });

  test("consent to one purpose is not consent to another", () => {
    assert.equal(answer(recalling("analytics"), consented("assistant")), missing);
  });

  test("consent counts until it ends or is withdrawn", () => {
    for (const change of [
      { granted: false },
      { validUntil: NOW },
      { validUntil: daysFrom(NOW, -1) },
    ]) {
      assert.equal(answer(recalling("assistant"), consented("assistant", change)), missing);
    }
    const facts = consented("assistant", { validUntil: daysFrom(NOW, 1) });
    assert.equal(permitted(recalling("assistant"), facts, policy).notAfter, daysFrom(NOW, 1));
  });

  test("a consent that a process with a faster clock recorded counts at once", () => {
    const ahead = consented("assistant", { collectedAt: daysFrom(NOW, 1 / 24) });
    assert.equal(answer(recalling("assistant"), ahead), "permitted");
  });

  test("a pack may let consent age: after its days it must be asked for again", () => {
    const rules = { consentValidityDaysMax: { value: 10, source: "own rule" } };
    const own = policyWith({}, [gdpr(), { name: "own", profile: "own-1", rules }]);
    const fresh = consented("assistant", { collectedAt: daysFrom(NOW, -9) });
    assert.equal(permitted(recalling("assistant"), fresh, own).notAfter, daysFrom(NOW, 1));
    const stale = consented("assistant", { collectedAt: daysFrom(NOW, -10) });
    assert.equal(answer(recalling("assistant"), stale, own), missing);
  });

  test("special categories under consent need explicit consent (GDPR Art. 9(2)(a))", () => {
    const implied = consented("assistant");
    const given = consented("assistant", { explicit: true });
    assert.equal(answer(remembering("assistant", ["health"]), implied), explicitMissing);
    assert.equal(answer(remembering("assistant", ["health"]), given), "permitted");
    const read = permitted(recalling("assistant"), implied, policy);
    assert.ok(!read.categories.some((category) => category === word("health")));
    assert.equal(answer(recalling("mood"), consented("mood")), explicitMissing);
    assert.equal(answer(recalling("mood"), consented("mood", { explicit: true })), "permitted");
  });

  test("sb243: what is said about feelings and relationships needs explicit consent, on any basis", () => {
    const purposes = {
      friend: { basis: "contract", categories: ["emotional", "account"] },
    } as const;
    const under = policyWith(purposes, [gdpr(), sb243()]);
    assert.equal(answer(remembering("friend", ["emotional"]), noFacts, under), explicitMissing);
    assert.equal(answer(remembering("friend", ["account"]), noFacts, under), "permitted");
    const given = consented("friend", { explicit: true });
    assert.equal(answer(remembering("friend", ["emotional"]), given, under), "permitted");
    assert.equal(
      answer(remembering("friend", ["emotional"]), noFacts, policyWith(purposes)),
      "permitted",
    );
  });

  test("nothing is shared with third parties on consent that is not explicit", () => {
    const implied = consented("third_party_sharing");
    assert.equal(answer(recalling("third_party_sharing"), implied), explicitMissing);
  });

  test("a permit that reads special categories on explicit consent ends with it, on any basis", () => {
    const under = policyWith({
      coach: {
        basis: "contract",
        condition: "explicit-consent",
        categories: ["account", "health"],
        retention: "P1Y",
      },
    });
    const validUntil = daysFrom(NOW, 1);
    const explicit = consented("coach", { explicit: true, validUntil });
    assert.equal(permitted(recalling("coach"), explicit, under).notAfter, validUntil);
    const implied = permitted(recalling("coach"), consented("coach", { validUntil }), under);
    assert.equal(implied.notAfter, null);
    assert.equal(implied.categories.join(), "account");
  });

  test("the refusal says which grant would mend it", () => {
    const decision = decide(recalling("mood"), noFacts, policy);
    assert.ok(decision.outcome === "refused");
    assert.deepEqual(decision.details, {
      guard: "consent",
      reason: "consent-missing",
      purpose: "mood",
      explicit: true,
    });
  });
});

describe("the guard restricted", () => {
  const refused = "refused: restricted: restricted: SUBJECT_RESTRICTED";

  test("a restricted subject's memories are stored, and neither read nor added to", () => {
    const all = { ...noFacts, restrictions: [{ purpose: null }] };
    assert.equal(answer(recalling("support"), all), refused);
    assert.equal(answer(remembering("support", ["account"]), all), refused);
  });

  test("a restriction of one purpose leaves the others", () => {
    const facts = { ...noFacts, restrictions: [{ purpose: "support" }] };
    assert.equal(answer(recalling("support"), facts), refused);
    assert.equal(answer(recalling("care", staff("nurse")), facts), "permitted");
  });
});

describe("the guard category", () => {
  test("a write is refused when one of its categories is not the purpose's", () => {
    const refused = "refused: category: category-not-allowed: POLICY_REFUSED";
    assert.equal(answer(remembering("support", ["account"])), "permitted");
    assert.equal(answer(remembering("support", ["account", "health"])), refused);
  });

  test("a write that does not say what it stores is refused", () => {
    const refused = "refused: category: category-missing: POLICY_REFUSED";
    assert.equal(answer(remembering("support", [])), refused);
  });

  test("the standard assistant holds no criminal records (GDPR Art. 10)", () => {
    const facts = consented("assistant", { explicit: true });
    const refused = "refused: category: category-not-allowed: POLICY_REFUSED";
    assert.equal(answer(remembering("assistant", ["criminal"]), facts), refused);
  });
});
