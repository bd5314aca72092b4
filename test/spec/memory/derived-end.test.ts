import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openPeople, TEA } from "../world.ts";

const PURPOSES = {
  support: { basis: "contract", categories: ["preference"], retention: "P30D" },
  archive: { basis: "legal-obligation", categories: ["preference"], retention: "P10Y" },
} as const;

describe("what is made from a memory for one purpose ends with that memory's end for it", () => {
  test("neither a summary, a block nor a link outlives its source's retention for the purpose", async () => {
    await using world = await openPeople({ purposes: PURPOSES });
    const chat = world.ada.session({ purpose: "support", storeFor: ["support", "archive"] });
    const [tea] = (await chat.remember(TEA)).nodes;
    const [milk] = (await chat.remember("takes milk")).nodes;
    world.clock.advance({ days: 29 });
    const [made] = (await chat.derive([tea!], () => "a tea drinker")).nodes;
    const edge = await chat.link(tea!, milk!, "goes_with");
    await chat.block("profile", "tea");
    const { nodes } = await world.ada.self().export();
    const block = nodes.find(({ kind }) => kind === "block")!.id;

    world.clock.advance({ days: 2 });

    for (const id of [tea!, made!, edge, block]) {
      await assert.rejects(world.ada.get(id, { purpose: "support" }), { code: "NOT_FOUND" });
    }
    assert.deepEqual((await chat.recall("tea")).nodes, []);
    assert.equal((await chat.block("profile", "tea")).context, "");
    assert.equal((await world.ada.get(tea!, { purpose: "archive" })).content, TEA);
  });
});
