import assert from "node:assert/strict";
import { test } from "node:test";

import { openOubli } from "#engine";
import { systemClock } from "#kernel";
import { inspectFiles, postgres } from "#store";

import { PURPOSES, TEA } from "../spec/world.ts";
import { ENGINES, newGround } from "./support/ground.ts";
import { REGION } from "./support/region.ts";

async function live(oubli: Awaited<ReturnType<typeof openOubli>>) {
  const ada = await oubli.subject("ada");
  const bob = await oubli.subject("bob");
  for (const person of [ada, bob]) {
    const chat = person.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: "and coffee", category: "preference" },
    ]);
    await chat.derive(nodes, () => "hot drinks");
    await person.correct(nodes[0]!, "prefers green tea", { purpose: "support" });
  }
  await ada.erase();
  await oubli.rotate();
}

for (const engine of ENGINES) {
  test(`a store that was only used has no row and no table that must not be (${engine})`, async () => {
    await using ground = await newGround(engine);
    const store = ground.store ?? `sqlite:${ground.folder}/data`;
    const regions = { [REGION]: { jurisdictions: ["*"], store, root: `${ground.folder}/root` } };
    await using oubli = await openOubli({ purposes: PURPOSES, regions }, { sweep: "manual" });
    await live(oubli);
    const url = String(ground.store);
    const { schema, objects, counts, fencedWithNodes } =
      ground.store === null
        ? await inspectFiles(`${ground.folder}/data`, systemClock.now())
        : await postgres.inspectRows(
            { memory: url, keys: url, audit: url },
            REGION,
            systemClock.now(),
          );
    const odd = Object.entries(counts).filter(([, found]) => found !== 0);
    assert.deepEqual(
      { schema, odd, fencedWithNodes },
      { schema: [], odd: [], fencedWithNodes: [] },
    );
    assert.ok(objects > 30);
  });
}
