import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type Exploration, explore, type Scenario } from "./explore.ts";
import { MISTAKES, type Mistake, SPARED } from "./mistakes.ts";
import { SCENARIOS } from "./scenarios.ts";

const scenarios: Readonly<Record<string, Scenario>> = SCENARIOS;

// Goal: the orders of writing hold at every interleaving, with two crashes or stalls anywhere.
// Method: all of them, in a small world; then again with each mistake planted, to see it found.
describe("the orders of writing hold at every interleaving and every crash", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(`${scenario.promise} (${name})`, (context) => {
      const exploration = explore(scenario);
      assert.equal(exploration.broken, "", told(exploration));
      context.diagnostic(`${exploration.states} states`);
      assert.ok(
        exploration.states >= scenario.fewestStates,
        `${exploration.states} states are fewer than this world has: is a process stuck?`,
      );
    });
  }
});

describe("each planted mistake is found", () => {
  for (const [name, { does, foundIn, breaks }] of Object.entries(MISTAKES)) {
    test(`when ${does}, ${breaks} (${name})`, () => {
      const exploration = explore(SCENARIOS[foundIn], name as Mistake);
      assert.equal(exploration.broken, breaks, told(exploration));
    });
  }
});

describe("what no promise rests on is known", () => {
  for (const [name, does] of Object.entries(SPARED)) {
    for (const scenario of ["forget-derived", "correct-derived", "forget-erase"] as const) {
      test(`the promises hold even when ${does} (${name}, ${scenario})`, () => {
        const exploration = explore(SCENARIOS[scenario], name as Mistake);
        assert.equal(exploration.broken, "", told(exploration));
      });
    }
  }
});

function told({ broken, states, trace }: Exploration): string {
  return [`${broken || "nothing broke"} (${states} states)`, ...trace].join("\n  ");
}
