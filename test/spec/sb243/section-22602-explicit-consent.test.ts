import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { gdpr, sb243 } from "#policy";

import { NOTICE, openPeople } from "../world.ts";

const purposes = {
  companion: {
    basis: "contract",
    condition: "explicit-consent",
    categories: ["preference", "emotional", "relationship", "health", "mental_health"],
    retention: "P90D",
  },
} as const;

const SENSITIVE = {
  emotional: "was moved to tears by it",
  relationship: "her sister does not call",
  health: "has asthma",
  mental_health: "has felt low since March",
} as const;

// The statute's own duties (notices, protocol, report) have no room yet; this is what its pack adds.
describe("California SB 243: explicit, informed consent before sensitive memories are stored", () => {
  for (const [category, text] of Object.entries(SENSITIVE)) {
    test(`${category}: refused without consent, and with one that is not explicit; stored with it`, async () => {
      await using world = await openPeople({ packs: [gdpr(), sb243()], purposes });
      const chat = world.ada.session({ purpose: "companion" });
      const remember = () => chat.remember(text, { category: category as keyof typeof SENSITIVE });

      await assert.rejects(remember, { code: "CONSENT_MISSING" });
      await world.ada.consent.grant({ purpose: "companion", ...NOTICE });
      await assert.rejects(remember, { code: "CONSENT_MISSING", message: /explicit: true/ });
      await world.ada.consent.grant({ purpose: "companion", ...NOTICE, explicit: true });

      assert.equal((await remember()).nodes.length, 1);
      assert.equal((await chat.recall(text)).nodes.length, 1);
    });
  }

  test("what is not sensitive rests on the contract, as before", async () => {
    await using world = await openPeople({ packs: [gdpr(), sb243()], purposes });
    const chat = world.ada.session({ purpose: "companion" });
    await chat.remember("prefers tea", { category: "preference" });

    assert.equal((await chat.recall("tea")).nodes.length, 1);
  });

  test("control: without the pack, an emotional memory needs no consent of its own", async () => {
    await using world = await openPeople({ packs: [gdpr()], purposes });
    const chat = world.ada.session({ purpose: "companion" });

    assert.equal((await chat.remember("wept", { category: "emotional" })).nodes.length, 1);
  });

  test("explain() names the pack and the source of the rule", async () => {
    await using world = await openPeople({ packs: [gdpr(), sb243()], purposes });
    const rules = world.oubli.explain();
    const consent = rules.find(({ rule }) => rule === "explicitConsentCategories")!;

    assert.deepEqual(consent.from, [
      { pack: "sb243-2026.1", source: "choice: beyond Cal. Bus. & Prof. Code 22602" },
    ]);
  });

  test("nothing is for sharing with third parties but under explicit consent to just that", async () => {
    await using world = await openPeople({ packs: [gdpr(), sb243()], purposes });
    const sharing = world.ada.session({ purpose: "third_party_sharing" });
    const consent = { purpose: "third_party_sharing", ...NOTICE };
    await assert.rejects(world.ada.consent.grant(consent), { message: /consent\.explicit/ });

    await assert.rejects(sharing.remember("prefers tea", { category: "preference" }), {
      code: "CONSENT_MISSING",
      message: /explicit: true/,
    });
    await world.ada.consent.grant({ ...consent, explicit: true });
    await sharing.remember("prefers tea", { category: "preference" });
  });
});
