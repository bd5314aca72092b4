import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { configDigest, defineConfig, policyFromJson, policyJson, type ConfigInput } from "#policy";

const clinic = {
  name: "Clinic Ltd",
  contact: { email: "privacy@clinic.example", address: "1 High Street, Dublin" },
  dpo: { name: "Data protection officer", contact: { email: "dpo@clinic.example" } },
  representative: { name: "Rep GmbH", contact: { phone: "+49 30 1234" } },
  jointControllers: [{ name: "Lab Ltd", contact: { website: "https://lab.example/privacy" } }],
  people: ["patients", "staff"],
};

describe("the controller in a configuration", () => {
  test("stands in the policy as it was given, and comes back from its JSON", () => {
    const { policy } = defineConfig({ controller: clinic });
    assert.deepEqual(policy.controller, clinic);
    assert.deepEqual(policyFromJson(policyJson(policy)), policy);
  });

  test("changes the digest; without one the digest is what it was", () => {
    assert.ok(!Object.hasOwn(defineConfig().policy, "controller"));
    assert.notEqual(
      configDigest(defineConfig({ controller: clinic })),
      configDigest(defineConfig()),
    );
  });

  for (const [what, controller, field] of [
    ["somebody whom nobody can reach", { name: "A", contact: {} }, "controller.contact"],
    [
      "an officer whom nobody can reach",
      { ...clinic, dpo: { name: "D", contact: {} } },
      "controller.dpo.contact",
    ],
    ["a name of two lines", { ...clinic, name: "A\nBcc: all" }, "controller.name"],
    [
      "an address of two lines",
      { name: "A", contact: { email: "a@b\nc" } },
      "controller.contact.email",
    ],
    [
      "a link that is no https",
      { name: "A", contact: { website: "javascript:alert(1)" } },
      "controller.contact.website",
    ],
    ["a field of its own", { ...clinic, tax: "DE1" }, "controller.tax"],
    [
      "a category of people that is a sentence",
      { ...clinic, people: ["our patients"] },
      "controller.people.0",
    ],
  ] as const) {
    test(`is refused with ${what}`, () => {
      assert.throws(
        () => defineConfig({ controller } as unknown as ConfigInput),
        ({ code, details }) => {
          assert.equal(code, "CONFIG_INVALID");
          assert.equal(details.field, field);
          return true;
        },
      );
    });
  }

  test("a processor may say its name and address; silent, its digest is what it was", () => {
    const cloud = {
      role: "infrastructure",
      region: "default",
      country: "DE",
      dpa: { signed: "2026-01-01", document: "DPA-1" },
      trainsOnData: false,
      retention: "30 days",
    } as const;
    const named = { ...cloud, name: "Cloud GmbH", address: "2 Ring, Berlin" };
    const { policy } = defineConfig({ processors: { cloud: named } });
    assert.equal(policy.processors?.["cloud"]?.address, "2 Ring, Berlin");
    assert.deepEqual(policyFromJson(policyJson(policy)), policy);
    const silent = defineConfig({ processors: { cloud } }).policy.processors!["cloud"]!;
    assert.ok(!Object.hasOwn(silent, "name"));
  });
});
