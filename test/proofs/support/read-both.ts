import assert from "node:assert/strict";

import type { Oubli, Subject } from "#engine";

import { outcomeOf } from "./isolation-world.ts";
import type { SwapParts } from "./row-swaps.ts";

/** Every way to read, for both people. */
export async function readBoth(oubli: Oubli, { tea, sea, bens, walks }: SwapParts) {
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

/** That nobody was shown another's, and that what was exchanged did not pass. */
export function assertOwn(what: string, outcomes: Awaited<ReturnType<typeof readBoth>>): void {
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
}
