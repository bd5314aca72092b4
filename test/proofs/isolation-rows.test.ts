import assert from "node:assert/strict";
import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";

import { openStores, type Oubli } from "#engine";
import type { NodeId } from "#kernel";

import { CLOCK, openOver, openWorld, type Person } from "./support/isolation-world.ts";
import { assertOwn, readBoth } from "./support/read-both.ts";
import { newPlace, type Place } from "./support/residue-world.ts";
import { ROW_SWAPS, swapRows, type SwapParts } from "./support/row-swaps.ts";

// Goal: who can write to the databases still cannot make one person's memory pass for another's.
// Method: rows, keys, revisions, tenants and regions are exchanged in the files of two people;
// then both are read in every way there is.

describe("a row that was moved or exchanged in the files opens nothing", () => {
  for (const [what, swaps] of Object.entries(ROW_SWAPS)) {
    test(what, async () => {
      using place = newPlace();
      const parts = await settledIn(place);
      for (const swap of swaps) {
        assert.ok(swapRows(join(place.data, `${swap.file}.db`), swap, parts) > 0, "it is done");
      }

      const outcomes = await readAll(place, parts);

      assertOwn(what, outcomes);
    });
  }

  test("control: without a change every one of these reads gives the person's own", async () => {
    using place = newPlace();
    const parts = await settledIn(place);
    const outcomes = await readAll(place, parts);
    for (const { name, read, outcome } of outcomes) {
      assert.ok(JSON.stringify(outcome).includes(`tokenacme${name}`), `${name}: ${read}`);
    }
    assert.equal(outcomes.length, 14);
  });

  test("under the name of another region nothing opens", async () => {
    using place = newPlace();
    await settledIn(place);
    for (const file of ["default.notary.db", "default.epoch-1.key"]) {
      renameSync(join(place.root, file), join(place.root, file.replace("default", "other")));
    }
    await assert.rejects(openAt(place, "other"), { code: "CONFIG_INVALID" });
    using sql = new DatabaseSync(join(place.data, "keys.db"));
    sql.exec("UPDATE epoch_key SET region = 'other'");
    await assert.rejects(openAt(place, "other"), { code: "SEAL_BROKEN" });
  });
});

function openAt({ data, root }: Place, region = "default"): Promise<Oubli> {
  return openOver(openStores({ data, root }, region, CLOCK), region);
}

async function readAll(place: Place, parts: SwapParts) {
  await using oubli = await openAt(place);
  return await readBoth(oubli, parts);
}

/** The same two people in each folder: they are settled once, and copied. */
async function settledIn(place: Place): Promise<SwapParts> {
  pattern ??= settleOn(newPlace());
  const { from, parts } = await pattern;
  for (const folder of ["data", "root"] as const) {
    cpSync(from[folder], place[folder], { recursive: true });
  }
  return parts;
}

let pattern: ReturnType<typeof settleOn> | undefined;
after(async () => (await pattern)?.from[Symbol.dispose]());

async function settleOn(from: Place): Promise<{ from: Place; parts: SwapParts }> {
  const stores = openStores(from, "default", CLOCK);
  await using world = await openWorld(2, stores);
  const [ada, ben] = world.people as [Person, Person];
  const [tea, sea] = ada.nodes as [NodeId, NodeId];
  const [bens, walks] = ben.nodes as [NodeId, NodeId];
  return { from, parts: { ada: ada.app.id, ben: ben.app.id, tea, sea, bens, walks } };
}
