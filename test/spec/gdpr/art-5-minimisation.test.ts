import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openPeople, OFFICER, PURPOSES, TEA } from "../world.ts";

const DRINKS = ["prefers tea", "drinks tea at four", "buys tea in bulk", "has tea with milk"];

// Goal: no more is used than the purpose needs.
describe("GDPR Art. 5(1)(c): data minimisation", () => {
  test("a recall returns at most the purpose's maxNodes, however many are asked for", async () => {
    const purposes = { support: { ...PURPOSES.support, maxNodes: 2 } };
    await using world = await openPeople({ purposes });
    const chat = world.ada.session({ purpose: "support" });
    for (const text of DRINKS) await chat.remember(text, { category: "preference" });

    assert.equal((await chat.recall("tea", { limit: 100 })).nodes.length, 2);
    assert.equal((await chat.recall("tea", { limit: 1 })).nodes.length, 1);
  });

  test("what is under the purpose's relevance floor is not returned", async () => {
    const purposes = { support: { ...PURPOSES.support, relevanceFloor: 1 } };
    await using strict = await openPeople({ purposes });
    await using plain = await openPeople();
    for (const { ada } of [strict, plain]) {
      const chat = ada.session({ purpose: "support" });
      for (const text of [...DRINKS, "has a bicycle"]) {
        await chat.remember(text, { category: "preference" });
      }
    }
    const asked = async ({ ada }: typeof plain) =>
      (await ada.session({ purpose: "support" }).recall("tea with milk")).nodes.length;
    assert.ok((await asked(strict)) < (await asked(plain)));
  });

  test("memories are filtered before they are ranked: what is withheld changes no score", async () => {
    const scores = async (others: readonly string[]) => {
      await using world = await openPeople();
      const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
      for (const text of others) {
        await both.remember(text, { category: "account", purposes: ["billing"] });
      }
      for (const text of DRINKS)
        await both.remember(text, { category: "preference", purposes: ["support"] });
      const { nodes } = await both.recall("tea with milk", { limit: 4 });
      return nodes.map(({ content, score }) => [content, score]);
    };
    const alone = await scores([]);
    assert.equal(alone.length, 4);
    assert.deepEqual(await scores(["tea with milk", "milk", "tea tea tea", "with with"]), alone);
  });

  test("control: among memories that may be used, one more does change the scores", async () => {
    const scores = async (more: readonly string[]) => {
      await using world = await openPeople();
      const chat = world.ada.session({ purpose: "support" });
      for (const text of [...DRINKS, ...more])
        await chat.remember(text, { category: "preference" });
      const { nodes } = await chat.recall("tea with milk", { limit: 4 });
      return nodes.map(({ content, score }) => [content, score]);
    };
    assert.notDeepEqual(await scores(["tea with milk"]), await scores([]));
  });

  test("what is withheld takes no place away from what is not", async () => {
    const purposes = { ...PURPOSES, support: { ...PURPOSES.support, maxNodes: 1 } };
    await using world = await openPeople({ purposes });
    const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
    await both.remember("tea tea tea", { category: "account", purposes: ["billing"] });
    await both.remember(TEA, { category: "preference", purposes: ["support"] });

    assert.deepEqual(
      (await both.recall("tea")).nodes.map(({ content }) => content),
      [TEA],
    );
  });

  test("metadata that a purpose does not declare is refused, and nothing is stored", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference", metadata: { channel: "phone" } });

    await assert.rejects(
      chat.remember(TEA, { category: "preference", metadata: { shoe_size: 38 } }),
      { code: "INPUT_INVALID", message: /field: metadata;.*accepted: channel/ },
    );
    const { nodes } = await world.ada.self().export();
    assert.deepEqual(
      nodes.map(({ metadata }) => metadata),
      [{ channel: "phone" }],
    );
  });

  test("how many memories each guard withheld is told to those who may explain, and to no other", async () => {
    await using world = await openPeople();
    const both = world.ada.session({ purpose: "support", storeFor: ["support", "billing"] });
    await both.remember(TEA, { category: "account", purposes: ["billing"] });
    const officer = world.oubli.as({ ...OFFICER, roles: ["app", "privacy-officer"] });
    const asOfficer = (await officer.find("ada"))!.session({ purpose: "support" });

    const told = await asOfficer.recall("tea", { explain: true });
    const untold = await both.recall("tea", { explain: true });

    assert.deepEqual(told.why.withheld, { purpose: 1 });
    assert.equal("withheld" in untold.why, false);
    assert.deepEqual(untold.why.guards, told.why.guards);
  });
});
