import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openWithModel, wire } from "../processors.ts";
import { TEA } from "../world.ts";

const LIKES = { category: "preference" } as const;

describe("GDPR Art. 15(1)(c), 19: a person sees who was given what of theirs", () => {
  test("each disclosure of theirs is listed, oldest first, a page at a time", async () => {
    await using world = await openWithModel();
    const { take } = wire();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    for (let count = 0; count < 5; count += 1) await world.chat.disclose("model", nodes, take(1));
    await world.chat.recall("tea");

    const self = world.ada.self();
    const seen: number[] = [];
    let pages = 0;
    for (let from: number | null = 0; from !== null; pages += 1) {
      const page = await self.disclosures({ from, limit: 2 });
      assert.ok(page.records.length > 0);
      seen.push(...page.records.map(({ index }) => index));
      from = page.next;
    }
    assert.equal(pages, 3);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((left, right) => left - right),
    );
    assert.equal(seen.length, 5);
  });

  test("it names the recipient, its role and country, the contract, the purpose and the items", async () => {
    await using world = await openWithModel();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    await world.chat.disclose("model", nodes, () => {});
    const [record] = (await world.ada.self().disclosures()).records;

    const { processor, role, country, contract, purpose, basis, outcome, categories } = record!;
    assert.deepEqual(
      { processor, role, country, contract, purpose, basis, outcome, categories },
      {
        processor: "model",
        role: "processor",
        country: "US",
        contract: "DPA-1",
        purpose: "support",
        basis: "contract",
        outcome: "given",
        categories: ["preference"],
      },
    );
    assert.deepEqual(record!.nodes, [
      { id: nodes[0], revision: 1, category: "preference", special: false },
    ]);
  });

  test("an attempt that failed is listed, with the disclosure that it was", async () => {
    await using world = await openWithModel();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    const failing = world.chat.disclose("model", nodes, () => Promise.reject(new Error("no")));
    await assert.rejects(failing, { code: "SEND_FAILED" });

    const { records } = await world.ada.self().disclosures();
    assert.deepEqual(
      records.map(({ outcome, of }) => [outcome, of]),
      [
        ["given", null],
        ["failed", records[0]!.index],
      ],
    );
  });

  test("what was refused is no disclosure, and nobody else's is among them", async () => {
    await using world = await openWithModel({ purposes: ["billing"] });
    const { nodes } = await world.chat.remember(TEA, LIKES);
    await assert.rejects(
      world.chat.disclose("model", nodes, () => {}),
      {
        code: "PROCESSOR_REFUSED",
      },
    );
    assert.deepEqual((await world.ada.self().disclosures()).records, []);

    const billing = world.bob.session({ purpose: "billing" });
    const theirs = (await billing.remember("pays yearly")).nodes;
    await billing.disclose("model", theirs, () => {});
    assert.deepEqual((await world.ada.self().disclosures()).records, []);
    assert.equal((await world.bob.self().disclosures()).records.length, 1);
  });

  test("their access log and their export name the recipient as well", async () => {
    await using world = await openWithModel();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    await world.chat.disclose("model", nodes, () => {});

    const self = world.ada.self();
    for (const accesses of [await self.accesses(), (await self.export()).accesses]) {
      const given = accesses.find(({ type }) => type === "disclose")!;
      assert.deepEqual([given.processor, given.nodes[0]!.id], ["model", nodes[0]]);
    }
  });

  test("a disclosure after an erasure's intent would be found by the check of the log", async () => {
    await using world = await openWithModel();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    await world.chat.disclose("model", nodes, () => {});
    await world.ada.forget(nodes);

    await assert.rejects(
      world.chat.disclose("model", nodes, () => {}),
      { code: "NOT_FOUND" },
    );
    for (const { faults } of await world.oubli.audit.check()) assert.deepEqual(faults, []);
  });
});
