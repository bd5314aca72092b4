import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { held, openPeople, PLAN, TEA } from "../world.ts";

const GROUND = { ground: "accuracy-contested" } as const;

describe("GDPR Art. 18: the right to restriction of processing", () => {
  test("a restricted person's memories are stored, and not used", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;

    await world.ada.restrict(GROUND);

    for (const use of [
      chat.recall("tea"),
      chat.remember("more", { category: "preference" }),
      chat.block("profile", "tea"),
      chat.derive([tea!], () => "x"),
      world.ada.get(tea!, { purpose: "support" }),
      world.ada.list({ purpose: "support" }),
      world.ada.correct(tea!, "x", { purpose: "support" }),
    ]) {
      await assert.rejects(use, { code: "SUBJECT_RESTRICTED" });
    }
    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("it may be for one purpose, and leaves the others", async () => {
    await using world = await openPeople();
    const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
    await both.remember(PLAN, { category: "account" });

    await world.ada.restrict({ ...GROUND, purpose: "support" });

    await assert.rejects(both.recall("plan"), { code: "SUBJECT_RESTRICTED" });
    const billing = world.ada.session({ purpose: "billing" });
    assert.equal((await billing.recall("plan")).nodes.length, 1);
  });

  test("it binds one person, and no other", async () => {
    await using world = await openPeople();
    await world.ada.restrict(GROUND);
    const chat = world.bob.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });

    assert.equal((await chat.recall("tea")).nodes.length, 1);
  });

  test("a restricted person may still be erased", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await world.ada.restrict(GROUND);

    await world.ada.forget(tea!);

    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("the privacy officer lifts it, and use goes on; the application does not", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });
    const { id } = await world.ada.restrict(GROUND);
    await assert.rejects(world.ada.lift(id), { code: "POLICY_REFUSED" });

    await world.officer.lift(id);

    assert.equal((await chat.recall("tea")).nodes.length, 1);
    assert.deepEqual(await world.ada.restrictions(), []);
  });

  test("one of two restrictions that is lifted leaves the other in force", async () => {
    await using world = await openPeople();
    const first = await world.ada.restrict(GROUND);
    await world.ada.restrict({ ground: "objection" });
    await world.officer.lift(first.id);

    await assert.rejects(world.ada.session({ purpose: "support" }).recall("tea"), {
      code: "SUBJECT_RESTRICTED",
    });
    await assert.rejects(world.officer.lift(first.id), { code: "NOT_FOUND" });
  });

  test("a restriction for a purpose that is not declared is refused: it would restrict nothing", async () => {
    await using world = await openPeople();

    await assert.rejects(world.ada.restrict({ ...GROUND, purpose: "suport" }), {
      code: "PURPOSE_UNKNOWN",
    });
    assert.deepEqual(await world.ada.restrictions(), []);
  });
});
