import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { entriesOf, LOW, openPeople, PLAN, TEA } from "../world.ts";

// Goal: what was collected for one purpose is of no use for another.
// Method: the same person, the same words, another purpose each time.
describe("GDPR Art. 5(1)(b): purpose limitation", () => {
  test("a memory is recalled for the purpose it was stored for", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });

    const { nodes, context } = await chat.recall("tea");

    assert.deepEqual(
      nodes.map(({ content }) => content),
      [TEA],
    );
    assert.match(context, /prefers tea/);
  });

  test("another purpose recalls nothing of it, though it may hold the same category", async () => {
    await using world = await openPeople();
    const support = world.ada.session({ purpose: "support" });
    await support.remember(PLAN, { category: "account" });

    const { nodes, context } = await world.ada.session({ purpose: "billing" }).recall("plan");

    assert.deepEqual([nodes, context], [[], ""]);
    assert.deepEqual((await world.ada.list({ purpose: "billing" })).nodes, []);
  });

  test("a memory's id opens it for its own purpose only; for another it is not found", async () => {
    await using world = await openPeople();
    const support = world.ada.session({ purpose: "support" });
    const [plan] = (await support.remember(PLAN, { category: "account" })).nodes;

    assert.equal((await world.ada.get(plan!, { purpose: "support" })).content, PLAN);
    await assert.rejects(world.ada.get(plan!, { purpose: "billing" }), { code: "NOT_FOUND" });
    await assert.rejects(world.ada.correct(plan!, "is on no plan", { purpose: "billing" }), {
      code: "NOT_FOUND",
    });
  });

  test("what is stored for two purposes serves both, and is still one memory", async () => {
    await using world = await openPeople();
    const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
    const [plan] = (await both.remember(PLAN, { category: "account" })).nodes;

    const { nodes } = await world.ada.session({ purpose: "billing" }).recall("plan");

    assert.deepEqual(
      nodes.map(({ id, purposes }) => [id, purposes]),
      [[plan, ["support", "billing"]]],
    );
    assert.equal((await world.ada.self().export()).nodes.length, 1);
  });

  test("a call stores for fewer purposes than its session, and never for more", async () => {
    await using world = await openPeople();
    const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
    await both.remember(PLAN, { category: "account", purposes: ["billing"] });

    assert.equal((await both.recall("plan")).nodes.length, 0);
    await assert.rejects(
      world.ada
        .session({ purpose: "support" })
        .remember(PLAN, { purposes: ["support", "billing"] }),
      { code: "INPUT_INVALID", message: /field: options.purposes;.*accepted: support\)/ },
    );
  });

  test("a category that the purpose does not name is not stored for it", async () => {
    await using world = await openPeople();
    const billing = world.ada.session({ purpose: "billing" });

    await assert.rejects(billing.remember(TEA, { category: "preference" }), {
      code: "POLICY_REFUSED",
      message: /reason: category-not-allowed.*categories: preference; accepted: account/,
    });
    assert.deepEqual((await world.ada.self().export()).nodes, []);
  });

  test("a purpose that is not declared is refused, and the refusal is in the log", async () => {
    await using world = await openPeople();

    await assert.rejects(world.ada.session({ purpose: "curiosity" }).recall("tea"), {
      code: "PURPOSE_UNKNOWN",
    });

    const [denied] = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "deny");
    assert.deepEqual([denied!["guard"], denied!["reason"]], ["purpose", "purpose-unknown"]);
  });

  test("a purpose says how the assistant may use it: told, acted on silently, or not given", async () => {
    const blocks: string[] = [];
    for (const use of ["quote", "inform", "withhold"] as const) {
      const purposes = { chat: { basis: "contract", categories: ["preference"], use } } as const;
      await using world = await openPeople({ purposes });
      const chat = world.ada.session({ purpose: "chat" });
      await chat.remember(TEA);
      blocks.push((await chat.recall("tea")).context);
    }
    const [quote, inform, withhold] = blocks;
    assert.match(quote!, /^You may refer to these memories\.\n.*prefers tea/);
    assert.match(
      inform!,
      /^Let these memories inform your answer; do not quote or mention them\.\n/,
    );
    assert.equal(withhold, "");
  });

  test("a role that a purpose does not name may not use it", async () => {
    const purposes = {
      care: { basis: "contract", categories: ["preference"], roles: ["nurse"] },
    } as const;
    await using world = await openPeople({ purposes });
    const nurse = world.oubli.as({ kind: "staff", id: "ward-7", roles: ["nurse"] });
    const care = (await nurse.find("ada"))!.session({ purpose: "care" });
    await care.remember(TEA);

    assert.equal((await care.recall("tea")).nodes.length, 1);
    await assert.rejects(world.ada.session({ purpose: "care" }).recall("tea"), {
      code: "POLICY_REFUSED",
      message: /guard: role/,
    });
  });

  test("no purpose of one person reaches a memory of another", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });

    assert.equal((await world.bob.session({ purpose: "support" }).recall("tea")).nodes.length, 0);
  });

  test("every answer says why: the purpose, its basis, and the guards that it passed", async () => {
    await using world = await openPeople();
    const { why } = await world.ada.session({ purpose: "support" }).recall(LOW);

    assert.equal(why.purpose, "support");
    assert.equal(why.basis, "contract");
    assert.deepEqual(why.guards, [
      "role",
      "purpose",
      "erased",
      "restricted",
      "category",
      "expired",
      "minimum-necessary",
    ]);
  });
});
