import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openOubli } from "#engine";
import type { EpochMs } from "#kernel";
import { defineConfig } from "#policy";

import { held, LOW, OFFICER, openOnDisk, openPeople, PLAN, PURPOSES, TEA } from "../world.ts";

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

// Goal: the configuration in force is kept by the disk, too, and not by the guards alone.
describe("GDPR Art. 5(1)(e): a retention that is shortened later", () => {
  const days = (count: number) => count * ONE_DAY_MS;
  const short = { ...PURPOSES, support: { ...PURPOSES.support, retention: "P30D" } };

  /** Two memories, 20 days apart, under two years; then 20 more days, and thirty days are enough. */
  async function openShortened() {
    let now = Date.UTC(2026, 0, 1);
    const clock = { now: () => now as EpochMs };
    const world = await openOnDisk({}, { clock });
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });
    now += days(20);
    await chat.remember("likes jam", { category: "preference" });
    now += days(20);
    return {
      world,
      pass: (count: number) => (now += days(count)),
      async reopen() {
        await world.oubli.close();
        const regions = world.regions;
        const oubli = await openOubli({ purposes: short, regions }, { sweep: "manual", clock });
        return { oubli, ada: await oubli.subjectById(ada.id) };
      },
    };
  }
  const nodesOf = (world: Awaited<ReturnType<typeof openOnDisk>>) =>
    world.rows("memory", "SELECT node_id FROM node").length;

  test("the next sweep destroys what has ended, and a later one the rest, when its time comes", async () => {
    const { world, pass, reopen } = await openShortened();
    await using _ = world;
    const { oubli } = await reopen();
    await using _again = oubli;

    const first = await oubli.sweep();
    assert.deepEqual([first.shortened, first.expired, nodesOf(world)], [2, 1, 1]);
    pass(9);
    assert.equal((await oubli.sweep()).expired, 0);
    pass(1);
    const last = await oubli.sweep();
    assert.deepEqual([last.shortened, last.expired, nodesOf(world)], [0, 1, 0]);
  });

  test("a hold keeps what it ended, until the hold is released", async () => {
    const { world, reopen } = await openShortened();
    await using _ = world;
    const { oubli, ada } = await reopen();
    await using _again = oubli;
    const officer = await oubli.as(OFFICER).subjectById(ada.id);
    const hold = await officer.hold({ case: "case-7", reason: "litigation" });

    const { expired, held: kept } = await oubli.sweep();
    assert.deepEqual([expired, kept, nodesOf(world)], [0, 1, 2]);
    await officer.release(hold.id);
    assert.equal((await oubli.sweep()).expired, 1);
    assert.equal(nodesOf(world), 1);
  });

  test("what is stored of one person may be damaged: the others' is destroyed, and the sweep says so", async () => {
    const { world, pass, reopen } = await openShortened();
    await using _ = world;
    const bob = await world.oubli.subject("bob");
    await bob.session({ purpose: "support" }).remember(PLAN, { category: "account" });
    const [ada] = world.rows("memory", "SELECT subject_id AS id FROM node ORDER BY created_at");
    world.spoil("memory", `UPDATE node SET categories = '["x' WHERE subject_id = '${ada!["id"]}'`);
    const { oubli } = await reopen();
    await using _again = oubli;
    pass(800);

    const { expired, failed } = await oubli.sweep();

    assert.deepEqual([expired, failed], [1, 1]);
    const left = world.rows("memory", "SELECT DISTINCT subject_id AS id FROM node");
    assert.deepEqual(left, [ada]);
    const damaged = await oubli.subjectById(String(ada!["id"]));
    await assert.rejects(damaged.self().export(), {
      code: "STORE_DAMAGED",
      message: new RegExp(`subject: ${String(ada!["id"])}; node: node_`),
    });
  });
});
