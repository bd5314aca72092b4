import assert from "node:assert/strict";
import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";

import { openStores, type Oubli, type Subject } from "#engine";
import type { NodeId } from "#kernel";

import { CLOCK, openOver, openWorld, outcomeOf, type Person } from "./support/isolation-world.ts";
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

      // Whatever came back is the person's own, in its own place; and something did not.
      for (const { name, read, outcome } of outcomes) {
        const shown = JSON.stringify(outcome);
        assert.ok(
          !shown.includes(`token${name === "ada" ? "acmeben" : "acmeada"}`),
          `${read}: ${shown}`,
        );
        if (read === "get tea" && "value" in outcome) assert.match(shown, /strong tea/);
        if (read === "get sea" && "value" in outcome) assert.match(shown, /by the sea/);
        const code = "code" in outcome ? outcome.code : "done";
        assert.match(code, /^(done|SEAL_BROKEN|NOT_FOUND)$/, `${read}: ${shown}`);
      }
      const broken = outcomes.filter(({ outcome }) => "code" in outcome);
      assert.ok(broken.length > 0 || what === "an edge to another person's memory");
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

/** Every way to read, for both people. A store that does not open counts as one that was read. */
async function readAll(place: Place, { tea, sea, bens, walks }: SwapParts) {
  await using oubli = await openAt(place);
  const acme = oubli.tenant("acme");
  const reads: Record<string, (person: Subject, name: string) => unknown> = {
    "get tea": (person, name) => person.self().get(name === "ada" ? tea : bens),
    "get sea": (person, name) => person.self().get(name === "ada" ? sea : walks),
    list: (person) => person.self().list(),
    recall: (person) => person.session({ purpose: "support" }).recall("", { limit: 100 }),
    neighbours: (person, name) =>
      person.session({ purpose: "support" }).neighbours(name === "ada" ? tea : bens),
    export: (person) => person.self().export(),
    derive: async (person, name) => {
      const from = name === "ada" ? tea : bens;
      let given: unknown;
      await person.session({ purpose: "support" }).derive([from], (sources) => {
        given = sources;
        return "in short";
      });
      return given;
    },
  };
  const outcomes = [];
  for (const name of ["ada", "ben"]) {
    for (const [read, call] of Object.entries(reads)) {
      const outcome = await outcomeOf(async () => call(await acme.subject(name), name));
      outcomes.push({ name, read, outcome });
    }
  }
  return outcomes;
}
