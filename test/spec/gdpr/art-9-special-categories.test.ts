import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { defineConfig } from "#policy";

import { AUDITOR, held, LOW, NOTICE, openPeople, TEA } from "../world.ts";

const MOOD = { purpose: "mood", ...NOTICE } as const;

describe("GDPR Art. 9: special categories of personal data", () => {
  test("a purpose that holds one names the condition that lifts the ban", () => {
    const mood = { basis: "contract", categories: ["mental_health"], retention: "P90D" } as const;

    assert.throws(() => defineConfig({ purposes: { mood } }), {
      code: "CONFIG_INVALID",
      message: /field: purposes.mood.condition; given: nothing; accepted: explicit-consent \|/,
    });
    defineConfig({ purposes: { mood: { ...mood, condition: "health-care" } } });
  });

  test("consent that is not explicit stores no special category", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant(MOOD);

    await assert.rejects(
      world.ada.session({ purpose: "mood" }).remember(LOW, { category: "mental_health" }),
      { code: "CONSENT_MISSING", message: /explicit: true, policyVersion/ },
    );
  });

  test("it stores what is not special, and explicit consent stores the rest", async () => {
    await using world = await openPeople();
    const mood = world.ada.session({ purpose: "mood" });
    await world.ada.consent.grant(MOOD);
    await mood.remember(TEA, { category: "preference" });
    await world.ada.consent.grant({ ...MOOD, explicit: true });
    await mood.remember(LOW, { category: "mental_health" });

    assert.equal((await mood.recall("")).nodes.length, 2);
  });

  test("a later consent that is not explicit closes the special memories again, and no others", async () => {
    await using world = await openPeople();
    const mood = world.ada.session({ purpose: "mood" });
    await world.ada.consent.grant({ ...MOOD, explicit: true });
    await mood.remember(LOW, { category: "mental_health" });
    await mood.remember(TEA, { category: "preference" });

    await world.ada.consent.grant(MOOD);

    assert.deepEqual(
      (await mood.recall("")).nodes.map(({ content }) => content),
      [TEA],
    );
  });

  test("what is made from a special memory is special too, whatever else it is made from", async () => {
    await using world = await openPeople();
    const mood = world.ada.session({ purpose: "mood" });
    await world.ada.consent.grant({ ...MOOD, explicit: true });
    const { nodes } = await mood.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: LOW, category: "mental_health" },
    ]);
    const [made] = (await mood.derive(nodes, () => "tea helps")).nodes;
    assert.equal((await world.ada.get(made!, { purpose: "mood" })).category, "mental_health");

    await world.ada.consent.grant(MOOD);

    await assert.rejects(world.ada.get(made!, { purpose: "mood" }), { code: "NOT_FOUND" });
  });

  test("each use of one is marked in the log", async () => {
    await using world = await openPeople();
    const mood = world.ada.session({ purpose: "mood" });
    await world.ada.consent.grant({ ...MOOD, explicit: true });
    await mood.remember(LOW, { category: "mental_health" });
    const { why } = await mood.recall("low");

    const bytes = await world.oubli.as(AUDITOR).audit.entry("access", why.auditIndex);
    const { nodes } = JSON.parse(Buffer.from(bytes!).toString());
    assert.deepEqual([nodes[0].category, nodes[0].special], ["mental_health", true]);
  });

  test("criminal records are not held by consent alone (Art. 10)", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant({ purpose: "assistant", explicit: true, ...NOTICE });

    await assert.rejects(
      world.ada.session({ purpose: "assistant" }).remember("was fined", { category: "criminal" }),
      { code: "POLICY_REFUSED" },
    );
  });

  test("a withdrawn explicit consent erases what rested on it, whatever the purpose's basis", async () => {
    const care = {
      basis: "contract",
      condition: "explicit-consent",
      categories: ["health", "preference"],
      retention: "P1Y",
    } as const;
    await using world = await openPeople({ purposes: { care } });
    await world.ada.consent.grant({ purpose: "care", explicit: true, ...NOTICE });
    const chat = world.ada.session({ purpose: "care" });
    await chat.remember("has diabetes", { category: "health" });
    await chat.remember(TEA, { category: "preference" });

    const { erased } = await world.ada.consent.withdraw({ purpose: "care", ...NOTICE });

    assert.equal(erased.length, 1);
    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });
});
