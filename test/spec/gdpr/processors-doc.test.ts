import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";

import { openTestOubli } from "#engine";
import { defineConfig, gdpr, hipaa, type ConfigInput } from "#policy";

const page = readFileSync("docs/how-to/processors.md", "utf8");
const blocks = [...page.matchAll(/```ts\n([^]*?)```/g)].map((match) =>
  stripTypeScriptTypes(match[1]!),
);

test("the how-to's configuration is accepted as it is printed, and its calls do what it says", async () => {
  const [config, call, , pages] = blocks;
  const read = (input: ConfigInput) => {
    defineConfig(input);
    return input;
  };
  const input = new Function("defineConfig", "gdpr", "hipaa", `${config!}; return config;`)(
    read,
    gdpr,
    hipaa,
  ) as ConfigInput;

  await using oubli = await openTestOubli(input);
  oubli.clock.advance({ days: 200 });
  const ada = await oubli.subject("ada", { jurisdiction: "US" });
  const chat = ada.session({ purpose: "support" });
  await chat.remember("prefers tea", { category: "preference" });
  await chat.remember("pays for tea by the month", { category: "account" });
  const { nodes } = await chat.recall("tea");
  assert.equal(nodes.length, 2, "one of them is outside the processor's categories");
  const shown: unknown[] = [];
  const given = {
    chat,
    nodes,
    ada,
    callTheModel: (texts: readonly string[]) => texts.length,
    show: (records: readonly unknown[]) => shown.push(...records),
  };
  const run = new Function(
    ...Object.keys(given),
    `return (async () => { ${call!}; ${pages!}; return answer; })()`,
  ) as (...values: unknown[]) => Promise<number>;
  assert.equal(await run(...Object.values(given)), 1);
  assert.equal(shown.length, 1);
});
