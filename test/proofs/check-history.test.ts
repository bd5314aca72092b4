import assert from "node:assert/strict";
import { test } from "node:test";

import { checkHistory, LAST_READER } from "./support/check-history.ts";
import type { Act, Answer, Operation } from "./support/history.ts";

const subject = "sub_ada";

/** Acts one behind the other, each acknowledged before the next began. */
function inTurn(...acts: readonly (readonly [Act, Answer])[]): Operation[] {
  return acts.map(([act, ok], at) => ({
    by: at === acts.length - 1 ? LAST_READER : "w1",
    act,
    begun: 10 * at,
    ended: 10 * at + 5,
    outcome: { ok },
  }));
}

const seen = (id: string, content: string) => ({ id, revision: 1, content });

const told: readonly [Act, Answer] = [
  { kind: "remember", subject, purpose: "support", contents: ["t-a-1", "t-a-2"] },
  { nodes: [seen("node_1", "t-a-1"), seen("node_2", "t-a-2")] },
];
const derived: readonly [Act, Answer] = [
  { kind: "derive", subject, purpose: "support", sources: ["node_1"], contents: ["t-a-3"] },
  { nodes: [seen("node_3", "t-a-3")] },
];
const held: readonly [Act, Answer] = [
  { kind: "hold", subject, nodes: ["node_1"] },
  { hold: "hold_1" },
];
const forgotten: readonly [Act, Answer] = [
  { kind: "forget", subject, nodes: ["node_1", "node_2"] },
  {},
];
const read: readonly [Act, Answer] = [
  { kind: "export", subject },
  { nodes: [seen("node_1", "t-a-1"), seen("node_3", "t-a-3")] },
];

test("what was made of a held source may outlive a forget that named both the held and another", () => {
  assert.deepEqual(checkHistory(inTurn(told, derived, held, forgotten, read)), []);
});

test("without the hold, the same history is a resurrection", () => {
  const faults = checkHistory(inTurn(told, derived, forgotten, read)).join("\n");
  assert.match(faults, /node_3 \(t-a-3\) is back after a forget/);
});

test("a correction that met an erasure may have hidden its memory, while it went on and no longer", () => {
  const acts = (readAt: number): Operation[] => {
    const [made, looked] = inTurn(told, [
      { kind: "recall", subject, purpose: "support", limit: 9 },
      { nodes: [seen("node_2", "t-a-2")] },
    ]);
    const act = { kind: "correct", subject, node: "node_1", content: "t-a-9" } as const;
    const outcome = { error: "SUBJECT_ERASED" };
    const undone: Operation = { by: "w2", act, begun: 20, ended: 30, outcome };
    return [made!, undone, { ...looked!, by: "w1", begun: readAt, ended: readAt + 2 }];
  };
  assert.deepEqual(checkHistory(acts(25)), []);
  assert.match(checkHistory(acts(40)).join("\n"), /node_1 was acknowledged and is not there/);
});

const kept: readonly [Act, Answer] = [
  { kind: "hold", subject, nodes: ["node_3"] },
  { hold: "hold_2" },
];
const summary = seen("node_3", "t-a-3 from t-a-1");

test("what is held keeps the text of its forgotten source", () => {
  const after: readonly [Act, Answer] = [{ kind: "export", subject }, { nodes: [summary] }];
  assert.deepEqual(checkHistory(inTurn(told, derived, kept, forgotten, after)), []);
});

test("a hold on what was made of it keeps no forgotten source", () => {
  const nodes = [seen("node_1", "t-a-1"), summary];
  const after: readonly [Act, Answer] = [{ kind: "export", subject }, { nodes }];
  const faults = checkHistory(inTurn(told, derived, kept, forgotten, after)).join("\n");
  assert.match(faults, /node_1 \(t-a-1\) is back after a forget/);
});
