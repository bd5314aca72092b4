import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { entriesOf, held, letters, openOnDisk, openPeople, PLAN, TEA } from "../world.ts";

const ONE_LINE = {
  join: (sources: readonly { readonly content: string }[]) =>
    `joined: ${sources.map(({ content }) => content).join(" + ")}`,
};

// Goal: an erased memory, and an erased person, is gone for every reader; the proof of it stays.
// Method: two people in one world, so that every claim about Ada is also checked against Bob.
describe("GDPR Art. 17(1): the right to erasure", () => {
  test("before it is forgotten, a memory is recalled", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });

    assert.equal((await chat.recall("tea")).nodes.length, 1);
  });

  test("after it, no way of asking finds it", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;

    await world.ada.forget(tea!);

    for (const query of ["tea", "", TEA]) {
      const { nodes, context } = await chat.recall(query);
      assert.deepEqual([nodes, context], [[], ""]);
    }
    assert.deepEqual((await world.ada.list({ purpose: "support" })).nodes, []);
    assert.deepEqual(await held(world.ada.self()), []);
    await assert.rejects(world.ada.get(tea!, { purpose: "support" }), { code: "NOT_FOUND" });
    await assert.rejects(chat.neighbours(tea!).then(refuseEmpty), { code: "NOT_FOUND" });
    await assert.rejects(
      chat.derive([tea!], () => "x"),
      { code: "NOT_FOUND" },
    );
  });

  test("its embedding, what was made from it, blocks and edges fall with it", async () => {
    await using world = await openOnDisk({}, { embedder: letters });
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    const [made] = (await chat.derive([tea!, plan!], () => "tea on a plan")).nodes;
    await chat.derive([made!], () => "made from what was made");
    await chat.link(tea!, plan!, "same_call");
    await chat.block("profile", "tea plan");
    assert.equal(world.rows("memory", "SELECT * FROM embedding").length, 4);

    const { entry } = await ada.forget(tea!);

    assert.deepEqual(await held(ada.self()), [PLAN]);
    const left = (table: string) =>
      world.rows("memory", `SELECT * FROM ${table}`).map((row) => row["node_id"]);
    assert.deepEqual([left("node"), left("body"), left("embedding")], [[plan], [plan], [plan]]);
    assert.deepEqual(world.rows("memory", "SELECT * FROM derivation"), []);
    assert.equal((entry["scope"] as { nodes: number }).nodes, 5);
  });

  test("a derived memory with a registered function is removed first, then made anew from the rest", async () => {
    await using world = await openPeople({}, { derivers: ONE_LINE });
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    const [old] = (await chat.derive([tea!, plan!], "join")).nodes;

    await world.ada.forget(tea!);

    const { nodes } = await world.ada.self().export();
    const anew = nodes.find(({ kind }) => kind === "derived")!;
    assert.equal(anew.content, `joined: ${PLAN}`);
    assert.notEqual(anew.id, old);
    assert.deepEqual(anew.sources, [plan]);
    const access = await entriesOf(world.oubli, "access");
    const remade = access.findLast(({ t, verb }) => t === "remember" && verb === "derive")!;
    const executed = (await entriesOf(world.oubli, "ledger")).find(
      ({ t }) => t === "erase.executed",
    )!;
    assert.ok(Number(remade["ts"]) >= Number(executed["ts"]));
  });

  test("one whose last source is gone is not made anew", async () => {
    await using world = await openPeople({}, { derivers: ONE_LINE });
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await chat.derive([tea!], "join");

    await world.ada.forget(tea!);

    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("bystanders are spared: the same words of another person, another purpose, another memory", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [twin] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await chat.derive([twin!], () => "made from the twin");
    await world.bob.session({ purpose: "support" }).remember(TEA, { category: "preference" });

    await world.ada.forget(tea!);

    assert.deepEqual(await held(world.ada.self()), ["made from the twin", TEA]);
    assert.deepEqual(await held(world.bob.self()), [TEA]);
  });

  test("several memories are forgotten at once, under one certificate", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const { nodes } = await chat.remember(
      ["a", "b", "c"].map((content) => ({ role: "user", content, category: "preference" })),
    );
    const { entry } = await world.ada.forget([nodes[0]!, nodes[1]!, nodes[1]!]);

    assert.equal((entry["scope"] as { nodes: number }).nodes, 2);
    assert.deepEqual(await held(world.ada.self()), ["c"]);
  });

  test("nobody forgets another's memory, and a memory that is not there is no certificate", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;

    for (const attempt of [world.bob.forget(tea!), world.ada.forget(`node_${"A".repeat(22)}`)]) {
      await assert.rejects(attempt, { code: "ZERO_SCOPE" });
    }
    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("a session that was given the memories is told that they are gone", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const told: unknown[] = [];
    const stop = chat.onErased((nodes) => told.push(nodes));
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [jam] = (await chat.remember("prefers jam", { category: "preference" })).nodes;
    await world.ada.forget(tea!);
    stop();
    await world.ada.forget(jam!);

    assert.deepEqual(told, [[tea]]);
  });
});

describe("GDPR Art. 17(1): the erasure of a person", () => {
  test("nothing of theirs is left, in any table; and nothing of anybody else is missing", async () => {
    await using world = await openOnDisk({}, { embedder: letters });
    const ada = await world.oubli.subject("ada");
    const bob = await world.oubli.subject("bob");
    for (const person of [ada, bob]) {
      const chat = person.session({ purpose: "support", thread: "phone" });
      const key = { category: "preference", idempotencyKey: "7" } as const;
      const [tea] = (await chat.remember(TEA, key)).nodes;
      const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
      await chat.derive([tea!, plan!], () => "tea on a plan");
      await chat.link(tea!, plan!, "same_call");
    }
    const tables = ["node", "body", "embedding", "derivation", "session", "idempotency"];
    const count = (id: string, table: string) =>
      world.rows("memory", `SELECT 1 FROM "${table}" WHERE subject_id = '${id}'`).length;
    for (const table of tables) assert.ok(count(ada.id, table) > 0, table);

    await ada.erase();

    for (const table of tables) {
      assert.equal(count(ada.id, table), 0, table);
      assert.ok(count(bob.id, table) > 0, table);
    }
    for (const table of ["directory", "subject_key", "node_key"]) {
      const of = (id: string) =>
        world.rows("keys", `SELECT 1 FROM ${table} WHERE subject_id = '${id}'`).length;
      assert.deepEqual([of(ada.id) > 0, of(bob.id) > 0], [false, true], table);
    }
    assert.equal((await bob.session({ purpose: "support" }).recall("tea")).nodes.length, 3);
  });

  test("whoever still holds a handle on them meets SUBJECT_ERASED, and their name finds nobody", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });

    await world.ada.erase();

    await assert.rejects(chat.recall("tea"), { code: "SUBJECT_ERASED" });
    await assert.rejects(chat.remember(TEA, { category: "preference" }), {
      code: "SUBJECT_ERASED",
    });
    await assert.rejects(world.ada.self().export(), { code: "SUBJECT_ERASED" });
    assert.equal(await world.oubli.find("ada"), null);
    await assert.rejects(world.oubli.subjectById(world.ada.id), { code: "NOT_FOUND" });
  });

  test("the plan says beforehand what it would destroy, and writes nothing", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await chat.derive([tea!], () => "a tea drinker");
    const before = await entriesOf(world.oubli, "ledger");

    assert.deepEqual(await world.ada.plan(), { nodes: 1, derived: 1, held: 0 });

    assert.deepEqual(await entriesOf(world.oubli, "ledger"), before);
    assert.equal((await held(world.ada.self())).length, 2);
  });

  test("the same person may come back: as somebody new, of whom nothing is known", async () => {
    await using world = await openPeople();
    const first = world.ada.id;
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    await world.ada.erase();

    const again = await world.oubli.subject("ada");

    assert.notEqual(again.id, first);
    assert.deepEqual(await held(again.self()), []);
    assert.deepEqual(await again.consent.active(), {});
    const chat = again.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });
    assert.equal((await chat.recall("tea")).nodes.length, 1);
  });
});

function refuseEmpty(found: readonly unknown[]): never {
  assert.deepEqual(found, []);
  throw Object.assign(new Error("nothing was shown"), { code: "NOT_FOUND" });
}
