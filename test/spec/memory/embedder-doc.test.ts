import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";

import { openTestOubli } from "#engine";
import type { Embedder } from "#memory";

test("the how-to's embedder is a whole one: a misspelt word finds what words alone do not", async () => {
  const text = readFileSync("docs/how-to/embedder.md", "utf8");
  const [, code] = /```ts\n(const embedder[\s\S]*?)```/.exec(text)!;
  const embedder = new Function(`${stripTypeScriptTypes(code!)}; return embedder;`)() as Embedder;
  assert.deepEqual(await recalled({ embedder }), ["Rides a bicycle to the harbour."]);
  assert.deepEqual(await recalled({}), [], "control");
});

async function recalled(options: { readonly embedder?: Embedder }) {
  await using oubli = await openTestOubli({}, options);
  const consent = { policyVersion: "v1", mechanism: "signup" };
  const chat = (await oubli.subject("ada", { consent })).session({ purpose: "assistant" });
  await chat.remember([
    { role: "user", content: "Rides a bicycle to the harbour." },
    { role: "user", content: "Sold the old piano." },
  ]);
  const { nodes } = await chat.recall("bycicle", { limit: 1 });
  return nodes.map(({ content }) => content);
}
