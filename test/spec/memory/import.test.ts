import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openTestOubli } from "../../../src/testing.ts";

const consent = { policyVersion: "v1", mechanism: "signup" };
const turn = (event: number) => ({
  role: "user" as const,
  content: `turn number ${event}`,
  source: { system: "import", event: `${event}` },
});

describe("an import that is run again", () => {
  test("stores what is new, and answers with the node of what is known, in order", async () => {
    await using oubli = await openTestOubli();
    const chat = (await oubli.subject("ada", { consent })).session({ purpose: "assistant" });
    const first = await chat.remember([turn(1), turn(3)]);

    const again = await chat.remember([turn(1), turn(2), turn(3), turn(4)]);

    assert.equal(again.known, 2);
    assert.deepEqual([again.nodes[0], again.nodes[2]], first.nodes);
    assert.equal(new Set(again.nodes).size, 4);
    assert.equal((await chat.recall("turn number", { limit: 10 })).nodes.length, 4);
  });

  test("is refused as a whole where one of it was erased, and stores nothing", async () => {
    await using oubli = await openTestOubli();
    const ada = await oubli.subject("ada", { consent });
    const chat = ada.session({ purpose: "assistant" });
    const { nodes } = await chat.remember([turn(1), turn(2)]);
    await ada.forget(nodes[0]!);

    await assert.rejects(chat.remember([turn(1), turn(2), turn(3)]), { code: "REPLAY_OF_ERASED" });

    assert.equal((await chat.recall("turn number", { limit: 10 })).nodes.length, 1);
  });

  test("a call with the same idempotency key answers with the nodes of the first", async () => {
    await using oubli = await openTestOubli();
    const chat = (await oubli.subject("ada", { consent })).session({ purpose: "assistant" });
    const once = await chat.remember("likes tea", { idempotencyKey: "call-1" });
    const twice = await chat.remember("likes tea", { idempotencyKey: "call-1" });

    assert.deepEqual(twice.nodes, once.nodes);
    assert.equal(twice.auditIndex, null);
  });
});
