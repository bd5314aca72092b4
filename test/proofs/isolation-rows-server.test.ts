import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { NodeId } from "#kernel";

import { ON_CLUSTER } from "../support/cluster.ts";
import { administer } from "../support/postgres.ts";
import { newGround, openGround } from "./support/ground.ts";
import { interceptStores } from "./support/intercepted-stores.ts";
import { CLOCK, openOver, openWorld, type Person } from "./support/isolation-world.ts";
import { assertOwn, readBoth } from "./support/read-both.ts";
import { closeStores, REGION } from "./support/region.ts";
import { SERVER_ROW_SWAPS, swapStatement } from "./support/row-swaps-server.ts";
import type { SwapParts } from "./support/row-swaps.ts";
import { saveRegion, type SavedRegion } from "./support/saved-server.ts";

// Goal: a database administrator cannot make one person's memory pass for another's.
// Method: as for files, by a superuser of the server.

let ground: Awaited<ReturnType<typeof newGround>>;
let saved: SavedRegion;
let parts: SwapParts;

before(async () => {
  ground = await newGround("postgres", undefined, { notary: "server" });
  const stores = await openGround(ground, CLOCK);
  {
    await using world = await openWorld(2, stores, (same) =>
      interceptStores(same, (_, go) => go()),
    );
    const [ada, ben] = world.people as [Person, Person];
    const [tea, sea] = ada.nodes as [NodeId, NodeId];
    const [bens, walks] = ben.nodes as [NodeId, NodeId];
    parts = { ada: ada.app.id, ben: ben.app.id, tea, sea, bens, walks };
  }
  await closeStores(stores);
  saved = await saveRegion(ground, CLOCK.now());
});
after(async () => {
  await saved[Symbol.asyncDispose]();
  await ground[Symbol.asyncDispose]();
});

/** Every read of both, by a process that opens after the attack. */
async function readAfter(...attack: readonly string[]) {
  const life = await saved.again();
  if (attack.length > 0) await administer(ground.adminUrl, ...attack);
  const stores = await life.open();
  await using oubli = await openOver(interceptStores(stores, (_, go) => go()));
  return await readBoth(oubli, parts);
}

describe("a row that an administrator of the server moved or exchanged opens nothing", () => {
  for (const [what, swaps] of Object.entries(SERVER_ROW_SWAPS)) {
    test(what, { skip: ON_CLUSTER }, async () => {
      const attack = swaps.map((swap) => swapStatement(swap, REGION, parts));
      assertOwn(what, await readAfter(...attack));
    });
  }

  test("control: without a change every one of these reads gives the person's own", async () => {
    const outcomes = await readAfter();
    for (const { name, read, outcome } of outcomes) {
      assert.ok(JSON.stringify(outcome).includes(`tokenacme${name}`), `${name}: ${read}`);
    }
    assert.equal(outcomes.length, 14);
  });
});
