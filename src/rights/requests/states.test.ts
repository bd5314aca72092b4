import assert from "node:assert/strict";
import { test } from "node:test";

import { isEnd, mayGo, REQUEST_STATES } from "./states.ts";

test("every state is reached from receipt, and an end from every state", () => {
  const reached = new Set(["received"]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const from of REQUEST_STATES) {
      if (!reached.has(from)) continue;
      for (const to of REQUEST_STATES) if (mayGo(from, to)) reached.add(to);
    }
  }
  assert.deepEqual([...reached].toSorted(), REQUEST_STATES.toSorted());
  for (const from of REQUEST_STATES) {
    const ends = REQUEST_STATES.some((to) => mayGo(from, to) && isEnd(to));
    assert.ok(isEnd(from) || ends || from === "checking" || from === "waiting");
  }
});

test("nothing is carried out that was not acknowledged and checked", () => {
  const before = REQUEST_STATES.filter((from) => mayGo(from, "executing"));
  assert.deepEqual(before.toSorted(), ["checking", "executing", "waiting"]);
  for (const from of ["received", "identity-pending"] as const) {
    assert.ok(!mayGo(from, "checking") && !mayGo(from, "waiting") && !mayGo(from, "executing"));
  }
});

test("once it is carried out it is neither denied nor taken back", () => {
  assert.ok(!mayGo("executing", "denied") && !mayGo("executing", "withdrawn"));
});
