import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { gdpr, hipaa, type ConfigInput } from "#policy";

import { entriesOf, NOTICE, openPeople } from "../world.ts";

const covered = (hipaaCovered: boolean): ConfigInput => ({
  packs: [gdpr(), hipaa()],
  regions: { us: { jurisdictions: ["US"], store: "sqlite:./unused", hipaaCovered } },
  purposes: {
    care: {
      basis: "consent",
      condition: "explicit-consent",
      categories: ["health", "mental_health", "preference"],
      retention: "P6Y",
    },
  },
});

async function openClinic(hipaaCovered = true) {
  const world = await openPeople(covered(hipaaCovered));
  await world.ada.consent.grant({ purpose: "care", explicit: true, ...NOTICE });
  return { ...world, care: world.ada.session({ purpose: "care" }) };
}

const marksOf = async ({ oubli }: Awaited<ReturnType<typeof openClinic>>, type: string) =>
  (await entriesOf(oubli, "access"))
    .filter(({ t }) => t === type)
    .flatMap(({ nodes }) => nodes as { category: string; phi?: boolean }[])
    .map(({ category, phi }) => [category, phi === true]);

describe("45 CFR 160.103: protected health information is tagged where it is stored", () => {
  test("health and mental health of a covered region carry the tag; a preference does not", async () => {
    await using world = await openClinic();
    await world.care.remember("has asthma", { category: "health" });
    await world.care.remember("has felt low", { category: "mental_health" });
    await world.care.remember("prefers tea", { category: "preference" });

    assert.deepEqual(await marksOf(world, "remember"), [
      ["health", true],
      ["mental_health", true],
      ["preference", false],
    ]);
  });

  test("the tag stands on each item of every access, so that disclosures can be accounted for", async () => {
    await using world = await openClinic();
    await world.care.remember("has asthma", { category: "health" });
    await world.care.recall("asthma");

    assert.deepEqual(await marksOf(world, "retrieve"), [["health", true]]);
  });

  test("what is made from protected information is protected", async () => {
    await using world = await openClinic();
    const { nodes } = await world.care.remember([
      { role: "user", content: "prefers tea", category: "preference" },
      { role: "user", content: "has asthma", category: "health" },
    ]);
    await world.care.derive(nodes, () => "breathes better with tea");

    assert.deepEqual((await marksOf(world, "remember")).at(-1), ["health", true]);
  });

  test("outside a covered region nothing is tagged", async () => {
    await using world = await openClinic(false);
    await world.care.remember("has asthma", { category: "health" });

    assert.deepEqual(await marksOf(world, "remember"), [["health", false]]);
  });
});

describe("45 CFR 164.502(b), 164.514(d): the minimum necessary", () => {
  test("no recall returns more than the pack allows, and no purpose may ask for more", async () => {
    await using world = await openClinic();
    for (let part = 0; part < 60; part += 1) {
      await world.care.remember(`reading ${part} of the asthma diary`, { category: "health" });
    }
    assert.equal((await world.care.recall("asthma", { limit: 100 })).nodes.length, 50);

    const { defineConfig } = await import("#policy");
    const config = covered(true);
    const care = { ...config.purposes!["care"]!, maxNodes: 51 };
    assert.throws(() => defineConfig({ ...config, purposes: { care } }), {
      code: "CONFIG_INVALID",
      message: /field: purposes.care.maxNodes; given: 51; accepted: 1 to 50/,
    });
  });

  test("a session is for one purpose, and gives that purpose's memories alone", async () => {
    await using world = await openClinic();
    await world.ada.consent.grant({ purpose: "assistant", explicit: true, ...NOTICE });
    await world.care.remember("has asthma", { category: "health" });

    const assistant = world.ada.session({ purpose: "assistant" });
    assert.deepEqual((await assistant.recall("asthma")).nodes, []);
  });

  test("the documentation is kept six years (164.316(b)(2)(i))", async () => {
    await using world = await openClinic();
    const rule = world.oubli.explain().find(({ rule }) => rule === "auditRetentionYears")!;

    assert.equal(rule.value, 6);
  });
});
