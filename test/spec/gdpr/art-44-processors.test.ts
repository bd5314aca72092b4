import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, type OpenOptions } from "#engine";

import { MODEL, wire } from "../processors.ts";
import { PURPOSES, TEA } from "../world.ts";

const LIKES = { category: "preference" } as const;

/** Two regions, a model in each, and a person in each. */
async function openTwoRegions(options: OpenOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-spec-"));
  const place = (name: string) => ({
    store: `sqlite:${folder}/${name}`,
    root: `${folder}/${name}-root`,
  });
  const oubli = await openOubli(
    {
      purposes: PURPOSES,
      regions: {
        eu: { jurisdictions: ["EEA"], ...place("eu") },
        us: { jurisdictions: ["US"], ...place("us") },
      },
      processors: {
        american: { ...MODEL, region: "us", country: "US" },
        french: { ...MODEL, region: "eu", country: "FR" },
      },
    },
    { sweep: "manual", ...options },
  );
  const chatOf = async (name: string, jurisdiction: string) =>
    (await oubli.subject(name, { jurisdiction })).session({ purpose: "support" });
  return {
    ada: await chatOf("ada", "FR"),
    bob: await chatOf("bob", "US"),
    async [Symbol.asyncDispose]() {
      await oubli.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const stays = { code: "PROCESSOR_REFUSED", message: /transfer-not-authorised/ } as const;

describe("GDPR Art. 44: nothing is given to a processor outside a person's region", () => {
  test("each region has an embedder of its own, and neither gets a text of the other's people", async () => {
    const texts: Record<string, string[]> = { eu: [], us: [] };
    const embedderIn = (region: string, processor: string) => ({
      name: region,
      processor,
      async embed(given: readonly string[]) {
        texts[region]!.push(...given);
        return given.map(() => Float32Array.of(1, 0));
      },
    });
    const embedder = { eu: embedderIn("eu", "french"), us: embedderIn("us", "american") };
    await using world = await openTwoRegions({ embedder });

    await world.ada.remember(TEA, LIKES);
    await world.bob.remember("prefers coffee", LIKES);

    assert.deepEqual(texts, { eu: [TEA], us: ["prefers coffee"] });
  });

  test("an embedder for a region that is not configured is refused, with those that are", async () => {
    const embedder = { mars: { name: "mars", embed: async () => [] } };
    await assert.rejects(openTwoRegions({ embedder }), {
      code: "INPUT_INVALID",
      message: /options.embedder.*accepted: eu \| us/,
    });
  });

  test("each person's memories go to the processor of their own region alone", async () => {
    await using world = await openTwoRegions();
    const { got, take } = wire();
    const ada = (await world.ada.remember(TEA, LIKES)).nodes;
    const bob = (await world.bob.remember("prefers coffee", LIKES)).nodes;

    await assert.rejects(world.ada.disclose("american", ada, take(1)), stays);
    await assert.rejects(world.bob.disclose("french", bob, take(1)), stays);
    assert.deepEqual(got, []);

    await world.ada.disclose("french", ada, take(1));
    await world.bob.disclose("american", bob, take(1));
    assert.deepEqual(got, [TEA, "prefers coffee"]);
  });

  test("an embedder elsewhere embeds for the people of its region, and is told nothing of others", async () => {
    const { got, embedder } = wire();
    await using world = await openTwoRegions({ embedder: embedder("american") });
    await assert.rejects(world.ada.remember(TEA, LIKES), stays);
    await assert.rejects(world.ada.recall("what does she drink?"), stays);
    assert.deepEqual(got, []);

    await world.bob.remember("prefers coffee", LIKES);
    assert.deepEqual(got, ["prefers coffee"]);
  });
});
