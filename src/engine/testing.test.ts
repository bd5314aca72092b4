import assert from "node:assert/strict";
import { test } from "node:test";

import { defineConfig } from "#policy";

import { openTestOubli } from "./testing.ts";

test("a test opens with the very configuration that the application has", async () => {
  const config = defineConfig({
    purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
  });

  await using oubli = await openTestOubli(config);

  const chat = (await oubli.subject("user-42")).session({ purpose: "support" });
  await chat.remember("Prefers tea.");
  assert.equal((await chat.recall("tea")).nodes.length, 1);
});
