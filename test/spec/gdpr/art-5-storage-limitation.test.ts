import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { defineConfig } from "#policy";

import { held, LOW, openPeople, PURPOSES, TEA } from "../world.ts";

const ONE_DAY_MS = 24 * 60 * 60 * 1000;

// Goal: nothing is kept longer than its purpose needs, with or without a sweeper.
describe("GDPR Art. 5(1)(e): storage limitation", () => {
  test("a memory ends when its purpose's retention is over", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "newsletter" });
    await world.ada.consent.grant({ purpose: "newsletter", policyVersion: "1", mechanism: "form" });
    const [tea] = (await chat.remember(TEA)).nodes;

    world.clock.advance({ days: 364 });
    assert.equal((await world.ada.get(tea!, { purpose: "newsletter" })).content, TEA);
    world.clock.advance({ days: 1 });
    await assert.rejects(world.ada.get(tea!, { purpose: "newsletter" }), { code: "NOT_FOUND" });
  });

  test("what expired is unreadable at that very moment, while no sweep has run", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const expiresAt = world.clock.now() + ONE_DAY_MS;
    const [tea] = (await chat.remember(TEA, { category: "preference", expiresAt })).nodes;
    assert.equal((await chat.recall("tea")).nodes.length, 1);

    world.clock.advance({ ms: ONE_DAY_MS });

    assert.deepEqual((await chat.recall("tea")).nodes, []);
    assert.deepEqual((await chat.recall("")).nodes, []);
    assert.deepEqual((await world.ada.list({ purpose: "support" })).nodes, []);
    assert.deepEqual(await held(world.ada.self()), []);
    await assert.rejects(world.ada.get(tea!, { purpose: "support" }), { code: "NOT_FOUND" });
    await assert.rejects(world.ada.correct(tea!, "prefers jam", { purpose: "support" }), {
      code: "NOT_FOUND",
    });
  });

  test("the next sweep destroys what expired, with what was made from it, and spares the rest", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const expiresAt = world.clock.now() + ONE_DAY_MS;
    const [tea] = (await chat.remember(TEA, { category: "preference", expiresAt })).nodes;
    await chat.derive([tea!], () => "a tea drinker");
    await chat.remember("has a bicycle", { category: "preference" });
    world.clock.advance({ days: 2 });
    assert.deepEqual(await world.ada.plan(), { nodes: 2, derived: 1, held: 0 });

    const { expired } = await world.oubli.sweep();

    assert.equal(expired, 2);
    assert.deepEqual(await world.ada.plan(), { nodes: 1, derived: 0, held: 0 });
    assert.deepEqual(await held(world.ada.self()), ["has a bicycle"]);
  });

  test("a caller may ask for an earlier end, and never gets a later one", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const inTenYears = world.clock.now() + 3650 * ONE_DAY_MS;
    const [tea] = (await chat.remember(TEA, { category: "preference", expiresAt: inTenYears }))
      .nodes;

    const { expiresAt } = await world.ada.get(tea!, { purpose: "support" });

    assert.equal(expiresAt, Date.UTC(2028, 0, 1));
  });

  test("a category's own limit holds whatever its purposes say", async () => {
    await using world = await openPeople({ retention: { preference: "P30D" } });
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember("yearly plan", { category: "account" })).nodes;

    world.clock.advance({ days: 30 });

    await assert.rejects(world.ada.get(tea!, { purpose: "support" }), { code: "NOT_FOUND" });
    assert.equal((await world.ada.get(plan!, { purpose: "support" })).content, "yearly plan");
  });

  test("a derived memory ends with the first of its sources", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const expiresAt = world.clock.now() + ONE_DAY_MS;
    const [short] = (await chat.remember(TEA, { category: "preference", expiresAt })).nodes;
    const [long] = (await chat.remember("likes jam", { category: "preference" })).nodes;
    const [both] = (await chat.derive([long!, short!], () => "likes breakfast")).nodes;

    assert.equal((await world.ada.get(both!, { purpose: "support" })).expiresAt, expiresAt);
  });

  test("a purpose for special categories needs a finite retention, or its reason in words", () => {
    const purpose = {
      basis: "consent",
      condition: "explicit-consent",
      categories: ["mental_health"],
    } as const;
    assert.throws(() => defineConfig({ purposes: { mood: purpose } }), {
      code: "CONFIG_INVALID",
      message: /field: purposes.mood.retention; given: nothing; accepted: a duration/,
    });
    defineConfig({ purposes: { mood: { ...purpose, retention: "P90D" } } });
    const retentionJustification = "The treatment has no end that we could name.";
    defineConfig({ purposes: { mood: { ...purpose, retentionJustification } } });
  });

  test("a hold keeps what expired from destruction, and not from being unreadable", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const expiresAt = world.clock.now() + ONE_DAY_MS;
    await chat.remember(TEA, { category: "preference", expiresAt });
    await world.officer.hold({ case: "case-7", reason: "litigation" });
    world.clock.advance({ days: 2 });

    const { expired, held: kept } = await world.oubli.sweep();

    assert.deepEqual([expired, kept], [0, 1]);
    assert.deepEqual(await world.ada.plan(), { nodes: 1, derived: 0, held: 1 });
    assert.deepEqual((await chat.recall("tea")).nodes, []);
  });

  test("a consent that has run out ends its memories' use at that moment", async () => {
    await using world = await openPeople();
    const validUntil = world.clock.now() + ONE_DAY_MS;
    const notice = { policyVersion: "1", mechanism: "form", explicit: true, validUntil };
    await world.ada.consent.grant({ purpose: "mood", ...notice });
    const chat = world.ada.session({ purpose: "mood" });
    await chat.remember(LOW, { category: "mental_health" });
    assert.equal((await chat.recall("low")).nodes.length, 1);

    world.clock.advance({ ms: ONE_DAY_MS });

    for (const use of [chat.recall("low"), chat.remember(LOW, { category: "mental_health" })]) {
      await assert.rejects(use, { code: "CONSENT_MISSING" });
    }
  });

  test("an installation without a sweeper keeps no promise less: the clock alone ends access", async () => {
    await using world = await openPeople({ purposes: PURPOSES }, { derivers: {} });
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });
    world.clock.advance({ days: 731 });

    assert.deepEqual((await chat.recall("tea")).nodes, []);
    assert.deepEqual(await held(world.ada.self()), []);
  });
});
