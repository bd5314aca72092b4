import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { held, openPeople, PLAN, TEA } from "../world.ts";

async function openLinked() {
  const world = await openPeople();
  const chat = world.ada.session({ purpose: "support" });
  const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
  const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
  const edge = await chat.link(tea!, plan!, "same_call");
  return { ...world, chat, tea: tea!, plan: plan!, edge };
}

describe("memories form a graph", () => {
  test("a link leads from one memory to another, and back, under its own relation", async () => {
    await using world = await openLinked();
    const seen = async (node: string) =>
      (await world.chat.neighbours(node)).map(({ edge, relation, direction, node }) => [
        edge,
        relation,
        direction,
        node.content,
      ]);

    assert.deepEqual(await seen(world.tea), [[world.edge, "same_call", "out", PLAN]]);
    assert.deepEqual(await seen(world.plan), [[world.edge, "same_call", "in", TEA]]);
  });

  test("to unlink is to forget the edge: both its ends stay", async () => {
    await using world = await openLinked();

    const { entry } = await world.ada.forget(world.edge);

    assert.deepEqual(entry["scope"], { nodes: 1, held: 0, subject: false });
    assert.deepEqual(await world.chat.neighbours(world.tea), []);
    assert.deepEqual(await held(world.ada.self()), [PLAN, TEA]);
  });

  for (const end of ["tea", "plan"] as const) {
    test(`an edge falls with either end: ${end === "tea" ? "its start" : "its goal"}`, async () => {
      await using world = await openLinked();
      await world.ada.forget(world[end]);

      assert.equal((await world.ada.self().export()).nodes.length, 1);
      const other = end === "tea" ? world.plan : world.tea;
      assert.deepEqual(await world.chat.neighbours(other), []);
    });
  }

  test("an edge is a node made from both ends: what was made from it falls with it", async () => {
    await using world = await openLinked();
    await world.chat.derive([world.edge], () => "asked about tea and plan in one call");
    await world.ada.forget(world.plan);

    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("never across people: another's memory is not found, at either end", async () => {
    await using world = await openLinked();
    const chat = world.bob.session({ purpose: "support" });
    const [own] = (await chat.remember(TEA, { category: "preference" })).nodes;

    for (const [from, to] of [
      [own!, world.tea],
      [world.tea, own!],
    ] as const) {
      await assert.rejects(chat.link(from, to, "same_as"), { code: "NOT_FOUND" });
    }
    assert.deepEqual(await chat.neighbours(world.tea), []);
  });

  test("never across purposes: what a session may not read it cannot link", async () => {
    await using world = await openLinked();
    const billing = world.ada.session({ purpose: "billing" });
    const [bill] = (await billing.remember(PLAN)).nodes;

    await assert.rejects(world.chat.link(world.tea, bill!, "same_as"), { code: "NOT_FOUND" });
    assert.deepEqual(await billing.neighbours(world.tea), []);
  });

  test("a memory is not linked to itself", async () => {
    await using world = await openLinked();
    await assert.rejects(world.chat.link(world.tea, world.tea, "same_as"), {
      code: "INPUT_INVALID",
      message: /field: to;.*accepted: another node/,
    });
  });

  test("the graph is exported with its provenance", async () => {
    await using world = await openLinked();
    const { nodes } = await world.ada.self().export();
    const edge = nodes.find(({ kind }) => kind === "edge")!;

    assert.deepEqual([edge.content, edge.sources], ["same_call", [world.tea, world.plan]]);
  });

  test("edges are found among their neighbours only: they are not recalled or listed as memories", async () => {
    await using world = await openLinked();

    assert.equal(
      (await world.chat.recall("same_call")).nodes.every(({ id }) => id !== world.edge),
      true,
    );
    assert.equal((await world.ada.list({ purpose: "support" })).nodes.length, 2);
  });
});

describe("a derived memory has the conjunction of its sources' policies", () => {
  test("it serves the one purpose it was made for, and carries the categories of all its sources", async () => {
    await using world = await openPeople();
    const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
    const [plan] = (await both.remember(PLAN, { category: "account" })).nodes;
    const [tea] = (await both.remember(TEA, { category: "preference", purposes: ["support"] }))
      .nodes;
    const [made] = (await both.derive([plan!, tea!], () => "tea on a plan")).nodes;

    assert.deepEqual((await world.ada.get(made!, { purpose: "support" })).purposes, ["support"]);
    const listed = await world.ada.self().list({ category: "preference" });
    assert.ok(listed.nodes.some(({ id }) => id === made));
    await assert.rejects(world.ada.get(made!, { purpose: "billing" }), { code: "NOT_FOUND" });
  });

  test("a source that may not be read for this purpose makes nothing", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support", storeFor: ["billing"] });
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    let ran = false;

    const made = chat.derive([plan!], () => {
      ran = true;
      return "x";
    });

    await assert.rejects(made, { code: "NOT_FOUND" });
    assert.equal(ran, false);
  });

  test("the function is given the sources in the order that was asked for", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    const given: string[] = [];
    await chat.derive([plan!, tea!], (sources) => {
      given.push(...sources.map(({ content }) => content));
      return "x";
    });

    assert.deepEqual(given, [PLAN, TEA]);
  });
});
