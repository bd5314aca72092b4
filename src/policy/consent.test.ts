import assert from "node:assert/strict";
import { test } from "node:test";

import { decide, defineConfig, explicitAlone, gdpr, sb243, type CategoryId } from "#policy";

import * as fc from "../../test/support/properties.ts";
import { consented, policyWith, recalling } from "./world.test.ts";

const HEALTH: readonly CategoryId[] = ["health", "mental_health"];

test("of the standard purposes, sharing alone needs explicit consent for whatever it holds", () => {
  for (const packs of [[gdpr()], [gdpr(), sb243()]]) {
    const { policy } = defineConfig({ packs });
    const alone = Object.entries(policy.purposes).filter(([name, purpose]) =>
      explicitAlone(name, purpose, policy),
    );
    assert.deepEqual(
      alone.map(([name]) => name),
      ["third_party_sharing"],
    );
  }
});

test("an implied consent suffices for some use of a purpose exactly where it may be given", () => {
  const categories = fc.subarray(["preference", "account", ...HEALTH] as const, { minLength: 1 });
  fc.assert(
    fc.property(categories, fc.boolean(), (held, strict) => {
      const policy = policyWith(
        {
          care: {
            basis: "consent",
            condition: "explicit-consent",
            categories: held,
            retention: "P90D",
          },
        },
        strict ? [gdpr(), sb243()] : [gdpr()],
      );
      const { outcome } = decide(recalling("care"), consented("care"), policy);
      const refused = explicitAlone("care", policy.purposes["care"]!, policy);
      assert.equal(outcome === "permitted", !refused);
    }),
  );
});
