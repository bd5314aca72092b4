import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { entriesOf, held, LOW, NOTICE, openOnDisk, openPeople, TEA } from "../world.ts";

const JAM = "prefers jam";

// Goal: what is wrong is put right everywhere, and the wrong version is gone, not merely hidden.
describe("GDPR Art. 16, 5(1)(d): the right to rectification", () => {
  test("a corrected memory keeps its id, and is recalled with its new words alone", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [node] = (await chat.remember(TEA, { category: "preference" })).nodes;

    const { revision } = await world.ada.correct(node!, JAM, { purpose: "support" });

    assert.equal(revision, 2);
    const recalled = (await chat.recall("tea jam")).nodes;
    assert.deepEqual(
      recalled.map(({ id, content }) => [id, content]),
      [[node, JAM]],
    );
  });

  test("it keeps its category, purposes, source, metadata and end", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const options = {
      category: "preference",
      source: { system: "phone", event: "7" },
      metadata: { channel: "phone" },
      speaker: "Ada",
    } as const;
    const [node] = (await chat.remember(TEA, options)).nodes;
    const {
      content: _,
      revision: _1,
      ...before
    } = await world.ada.get(node!, { purpose: "support" });
    await world.ada.correct(node!, JAM, { purpose: "support" });

    const { content, revision, ...after } = await world.ada.get(node!, { purpose: "support" });

    assert.deepEqual(after, before);
    assert.deepEqual([content, revision], [JAM, 2]);
  });

  test("no key opens the old words any more, and a certificate says so", async () => {
    await using world = await openOnDisk();
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const [node] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const { certificate } = await ada.correct(node!, JAM, { purpose: "support" });

    assert.equal(certificate.entry.t, "correct.executed");
    assert.equal((await world.oubli.verify(certificate)).valid, true);
    const keys = world.rows("keys", "SELECT revision FROM node_key");
    assert.deepEqual(
      keys.map(({ revision }) => revision),
      [2],
    );
    const bodies = world.rows("memory", "SELECT revision FROM body");
    assert.deepEqual(
      bodies.map(({ revision }) => revision),
      [2],
    );
  });

  test("what was made from the wrong version falls with it", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: "has a bicycle", category: "preference" },
    ]);
    const [made] = (await chat.derive(nodes, () => "cycles to tea")).nodes;
    await chat.derive([made!], () => "a cyclist who likes tea");
    await chat.block("profile", "tea bicycle");

    await world.ada.correct(nodes[0]!, JAM, { purpose: "support" });

    assert.deepEqual(await held(world.ada.self()), ["has a bicycle", JAM]);
  });

  test("a derived memory with a registered function is made anew from the right words", async () => {
    const derivers = {
      list: (sources: readonly { readonly content: string }[]) =>
        `list: ${sources.map(({ content }) => content).join(" · ")}`,
    };
    await using world = await openPeople({}, { derivers });
    const chat = world.ada.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: "has a bicycle", category: "preference" },
    ]);
    await chat.derive(nodes, "list");

    await world.ada.correct(nodes[0]!, JAM, { purpose: "support" });

    assert.ok((await held(world.ada.self())).includes(`list: ${JAM} · has a bicycle`));
    assert.equal((await held(world.ada.self())).length, 3);
  });

  test("an edge stays: it relates two memories, and not what they say", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: "has a bicycle", category: "preference" },
    ]);
    await chat.link(nodes[0]!, nodes[1]!, "goes_with");

    await world.ada.correct(nodes[0]!, JAM, { purpose: "support" });

    const [neighbour] = await chat.neighbours(nodes[1]!);
    assert.deepEqual([neighbour!.relation, neighbour!.node.content], ["goes_with", JAM]);
  });

  test("the person and the privacy officer correct by right, without a purpose", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [node] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await world.ada.self().correct(node!, JAM);
    await world.officer.correct(node!, "prefers toast");

    assert.deepEqual(await held(world.ada.self()), ["prefers toast"]);
    await assert.rejects(world.ada.correct(node!, TEA), { code: "PURPOSE_UNKNOWN" });
  });

  test("the log says that it was corrected, when and why, and neither of the two versions", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant({ purpose: "mood", explicit: true, ...NOTICE });
    const chat = world.ada.session({ purpose: "mood" });
    const [node] = (await chat.remember(LOW, { category: "mental_health" })).nodes;
    await world.ada.correct(node!, "feels well", { purpose: "mood", reason: "incomplete" });

    const ledger = await entriesOf(world.oubli, "ledger");
    const done = ledger.find(({ t }) => t === "correct.executed")!;
    assert.deepEqual([done["reason"], done["subject"]], ["incomplete", world.ada.id]);
    assert.doesNotMatch(JSON.stringify(ledger), /felt low|feels well/);
  });

  test("a memory that is not there, is another's, or is made from others is not corrected", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [node] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [made] = (await chat.derive([node!], () => "a tea drinker")).nodes;
    const unknown = `node_${"A".repeat(22)}`;

    for (const attempt of [
      world.ada.correct(unknown, JAM, { purpose: "support" }),
      world.ada.correct(made!, JAM, { purpose: "support" }),
      world.bob.correct(node!, JAM, { purpose: "support" }),
    ]) {
      await assert.rejects(attempt, { code: "NOT_FOUND" });
    }
    assert.deepEqual(await held(world.ada.self()), ["a tea drinker", TEA]);
  });
});
