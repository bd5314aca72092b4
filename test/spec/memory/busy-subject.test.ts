import assert from "node:assert/strict";
import { test } from "node:test";

import { openTestOubli } from "../../../src/testing.ts";

const consent = { policyVersion: "v1", mechanism: "signup" };

test("twenty forgets at once are all carried out, and an erasure beside grants is not starved", async () => {
  await using oubli = await openTestOubli();
  const ada = await oubli.subject("ada", { consent });
  const chat = ada.session({ purpose: "assistant" });
  const { nodes } = await chat.remember(
    Array.from({ length: 20 }, (_, at) => ({ role: "user" as const, content: `memory ${at}` })),
  );

  await Promise.all(nodes.map((node) => ada.forget(node)));

  assert.deepEqual((await chat.recall("")).nodes, []);
  const beside = { granting: true };
  const grants = [1, 2, 3].map(async () => {
    while (beside.granting)
      await ada.consent.grant({ purpose: "assistant", ...consent }).catch(() => {});
  });
  const { stage } = await ada.erase().finally(() => {
    beside.granting = false;
  });
  await Promise.all(grants);
  assert.equal(stage, "executed");
});
