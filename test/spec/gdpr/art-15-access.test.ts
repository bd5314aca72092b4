import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { entriesOf, held, letters, NOTICE, OFFICER, openPeople, PLAN, TEA } from "../world.ts";

// Goal: the person gets everything that is held about them, and nobody else does.
describe("GDPR Art. 15(1), 15(3), 20(1): a copy of the data, in a form that machines read", () => {
  test("it holds every memory, with its category, purposes, source, time and end", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const said = {
      category: "account",
      source: { system: "phone", event: "call-7" },
      speaker: "Ada",
      metadata: { channel: "phone" },
    } as const;
    await chat.remember([{ role: "user", content: PLAN, ...said }]);

    const { nodes } = await world.ada.self().export();

    const { id, score, ...shown } = nodes[0]!;
    assert.match(id, /^node_/);
    assert.equal(score, 0);
    assert.deepEqual(shown, {
      ...said,
      content: PLAN,
      role: "user",
      revision: 1,
      kind: "memory",
      purposes: ["support"],
      sources: [],
      createdAt: world.clock.now(),
      saidAt: null,
      expiresAt: Date.UTC(2028, 0, 1),
    });
  });

  test("it holds what was made from them, with the memories that each was made from", async () => {
    await using world = await openPeople({}, { embedder: letters });
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    await chat.derive([tea!, plan!], () => "a tea drinker on a plan");
    await chat.link(tea!, plan!, "same_call");
    await chat.block("profile", "tea plan");

    const { nodes } = await world.ada.self().export();

    const made = nodes.filter(({ kind }) => kind !== "memory");
    assert.deepEqual(made.map(({ kind }) => kind).sort(), ["block", "derived", "edge"]);
    for (const { kind, sources } of made) {
      assert.ok(sources.includes(tea!) && sources.includes(plan!), kind);
    }
  });

  test("it holds the consents with their evidence, and who used what and why", async () => {
    await using world = await openPeople();
    const evidence = { ipAddress: "192.0.2.7", userAgent: "Mozilla/5.0" };
    await world.ada.consent.grant({ purpose: "newsletter", ...NOTICE, ...evidence });
    await world.ada.session({ purpose: "newsletter" }).recall("anything?");

    const { consents, accesses, externalId, subject } = await world.ada.self().export();

    assert.deepEqual(
      consents.map(({ purpose, evidence }) => [purpose, evidence]),
      [["newsletter", evidence]],
    );
    assert.deepEqual(
      accesses.map(({ type, purpose }) => [type, purpose]),
      [
        ["retrieve", "newsletter"],
        ["export", null],
      ],
    );
    assert.deepEqual([externalId, subject], ["ada", world.ada.id]);
  });

  test("it holds nothing of anybody else", async () => {
    await using world = await openPeople();
    await world.bob.session({ purpose: "support" }).remember(TEA, { category: "preference" });

    assert.deepEqual(await held(world.ada.self()), []);
    assert.deepEqual(await held(world.bob.self()), [TEA]);
  });

  test("the person and the privacy officer may have it; the application may not", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });

    assert.deepEqual(await held(world.ada.self()), [TEA]);
    assert.deepEqual(await held(world.officer), [TEA]);
    await assert.rejects(world.ada.export(), { code: "POLICY_REFUSED" });
  });

  test("one person's right opens nothing of another's", async () => {
    await using world = await openPeople();
    const asAda = world.oubli.as({ kind: "subject", id: "ada", roles: ["subject"] });
    const bob = (await asAda.find("bob"))!;

    await assert.rejects(bob.export(), { code: "POLICY_REFUSED" });
    await assert.rejects(bob.list(), { code: "POLICY_REFUSED" });
  });

  test("restriction and a withdrawn consent do not stand in the way of the right", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    await world.ada.restrict({ ground: "accuracy-contested" });

    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("every memory that was shown is named in the log", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: PLAN, category: "account" },
    ]);
    await world.ada.self().export();

    const exports = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "export");
    const named = exports.flatMap((entry) => entry["nodes"] as { id: string }[]);
    assert.deepEqual(named.map(({ id }) => id).sort(), nodes.toSorted());
  });

  test("it is plain JSON: what is written and read again is the same", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember("tea \u0000 ☕ שלום", {
      category: "preference",
    });
    const copy = await world.ada.self().export();

    assert.equal(copy.format, "oubli-export-1");
    assert.deepEqual(JSON.parse(JSON.stringify(copy)), copy);
  });

  test("all of a person's memories in one category are one query", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });
    await chat.remember(PLAN, { category: "account" });

    const { nodes } = await world.ada.self().list({ category: "account" });

    assert.deepEqual(
      nodes.map(({ content }) => content),
      [PLAN],
    );
  });

  test("a page of a listing is full, newest first, and its end is told", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    for (let day = 0; day < 5; day += 1) {
      await chat.remember(`day ${day}`, { category: "preference" });
      world.clock.advance({ days: 1 });
    }
    const officer = (await world.oubli.as(OFFICER).find("ada"))!;

    const first = await officer.list({ limit: 3 });
    const second = await officer.list({ limit: 3, after: first.next! });

    const contents = [first, second].map(({ nodes }) => nodes.map(({ content }) => content));
    assert.deepEqual(contents, [
      ["day 4", "day 3", "day 2"],
      ["day 1", "day 0"],
    ]);
    assert.equal(second.next, null);
    const since = world.clock.now() - 2 * 24 * 60 * 60 * 1000;
    const late = await officer.list({ since });
    assert.deepEqual(
      late.nodes.map(({ content }) => content),
      ["day 4", "day 3"],
    );
  });
});
