import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { decide, subjectActor, type PolicyFacts, type Verb } from "#policy";
import type { Actor, Word } from "#kernel";

import {
  ada,
  app,
  auditor,
  bob,
  noFacts,
  NOW,
  officer,
  permitted,
  policyWith,
} from "./world.test.ts";

const policy = policyWith({});
const self = subjectActor(ada);

function answer(verb: Verb, actor: Actor, facts: PolicyFacts = noFacts): string {
  const request = { verb, actor, subject: ada, purpose: null, at: NOW };
  const decision = decide(request, facts, policy);
  return decision.outcome === "permitted" ? decision.permit.kind : decision.code;
}

describe("rights are not uses: no purpose, consent or restriction stands in their way", () => {
  const restricted = { ...noFacts, restrictions: [{ purpose: null }] };

  test("the person and the privacy officer see, correct, export and end what is held", () => {
    const verbs = ["get", "list", "correct", "export", "forget", "erase", "withdraw"] as const;
    for (const verb of [...verbs, "restrict"] as const) {
      for (const actor of [self, officer]) {
        assert.equal(answer(verb, actor, restricted), "right", `${verb} by ${actor.kind}`);
      }
    }
  });

  test("the application carries out what ends processing, and cannot read around its purposes", () => {
    for (const verb of ["forget", "erase", "withdraw", "restrict"] as const) {
      assert.equal(answer(verb, app, restricted), "right");
    }
    assert.equal(answer("export", app), "POLICY_REFUSED");
    for (const verb of ["get", "list", "correct"] as const) {
      assert.equal(answer(verb, app), "PURPOSE_UNKNOWN");
    }
  });

  test("holds, and the end of a restriction, are for the privacy officer alone", () => {
    for (const verb of ["hold", "release", "lift"] as const) {
      assert.equal(answer(verb, officer), "right");
      for (const actor of [self, app, auditor]) assert.equal(answer(verb, actor), "POLICY_REFUSED");
    }
  });

  test("what is recorded of a person is for them, their application and those who oversee it", () => {
    const erased = { ...noFacts, subjectErased: true };
    const agent: Actor = { ...app, kind: "agent", roles: ["nurse" as Word] };
    for (const verb of ["plan", "consents", "restrictions"] as const) {
      for (const facts of [noFacts, restricted, erased]) {
        for (const actor of [self, app, officer, auditor]) {
          assert.equal(answer(verb, actor, facts), "right", `${verb} by ${actor.kind}`);
        }
        for (const actor of [agent, subjectActor(bob)]) {
          assert.equal(answer(verb, actor, facts), "POLICY_REFUSED", `${verb} by ${actor.kind}`);
        }
      }
    }
  });

  test("what holds there are is for the privacy officer and the auditor", () => {
    for (const actor of [officer, auditor]) assert.equal(answer("holds", actor), "right");
    for (const actor of [self, app]) assert.equal(answer("holds", actor), "POLICY_REFUSED");
  });

  test("an auditor reads no memory and ends none", () => {
    for (const verb of ["list", "export", "erase", "recall"] as const) {
      assert.equal(answer(verb, auditor), "POLICY_REFUSED");
    }
  });

  test("an erased subject has nothing to be shown; what ends processing is still accepted", () => {
    const erased = { ...noFacts, subjectErased: true };
    for (const verb of ["get", "list", "correct", "export"] as const) {
      assert.equal(answer(verb, self, erased), "SUBJECT_ERASED");
    }
    for (const verb of ["forget", "erase", "withdraw", "restrict"] as const) {
      assert.equal(answer(verb, self, erased), "right");
    }
    assert.equal(answer("release", officer, erased), "right");
  });

  test("consent is given to declared purposes only", () => {
    const grant = { verb: "grant", actor: app, subject: ada, at: NOW } as const;
    assert.equal(permitted({ ...grant, purpose: "assistant" }, noFacts, policy).kind, "right");
    for (const purpose of ["unheard_of", null]) {
      const decision = decide({ ...grant, purpose }, noFacts, policy);
      assert.ok(decision.outcome === "refused" && decision.code === "PURPOSE_UNKNOWN");
    }
  });

  test("a right rests on the controller's legal obligation and reaches every category", () => {
    const request = { verb: "export", actor: self, subject: ada, purpose: null, at: NOW } as const;
    const permit = permitted(request, noFacts, policy);
    assert.equal(permit.basis, "legal-obligation");
    assert.equal(permit.purpose, null);
    assert.equal(permit.categories.length, 24);
  });
});
