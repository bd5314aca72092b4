import assert from "node:assert/strict";
import { test } from "node:test";

import { DAY_MS } from "#kernel";

import { OFFICE_CONTROLS } from "./office.ts";

const NOW = 100 * DAY_MS;
const control = OFFICE_CONTROLS.find((one) => one.control === "request-cases-in-time")!;

async function stateOf(facts: object): Promise<string> {
  const open = { kind: "request", openedAt: 0, dueAt: NOW + DAY_MS, facts };
  const { state } = await control.probe({
    inspection: async () => ({ openCases: [open] }),
    world: { clock: { now: () => NOW } },
  } as never);
  return state;
}

test("a request is past its term while it is not answered, and not while its answer is kept", async () => {
  const late = { answerBy: NOW - DAY_MS, acknowledgeBy: null, acknowledgedAt: 0 };
  assert.equal(await stateOf({ ...late, answeredAt: null }), "broken");
  assert.equal(await stateOf({ ...late, answeredAt: NOW - 2 * DAY_MS }), "held");
});
