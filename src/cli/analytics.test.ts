import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { openCli } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

const CONFIG = (folder: string) => `export const config = {
  regions: { default: { jurisdictions: ["*"], store: "sqlite:${folder}/oubli-data" } },
  analytics: { events: { login: { dimensions: { plan: ["free", "pro"] } } }, epsilonPerDay: 1 },
};`;

const DAYS = ["--from", "2026-01-01", "--to", "2026-01-02"];
const publish = ["analytics", "publish", "login", ...DAYS];

describe("oubli analytics", () => {
  test("publish shows the price, spends it when told to execute, and says when it is not there", async () => {
    await using cli = await openCounting();
    const asked = [...publish, "--by", "plan", "--epsilon", "0.75"];
    const shown = await cli.oubli(...asked);
    assert.equal(shown.exit, EXIT.done, shown.err);
    assert.match(shown.out, /^Would tell 2 counts, [^]*0\.75 of each day; 1 is left[^]*--execute$/);
    const budget = ["analytics", "budget", ...DAYS];
    assert.equal((await cli.oubli(...budget)).out, "Every day has 1.");

    const told = await cli.oubli(...asked, "--execute");
    assert.match(told.out, /^free {2}under 20\npro {3}under 20\nNoise of scale .*; 0\.25 of/);
    assert.match(
      (await cli.oubli(...budget)).out,
      /^2026-01-01 {2}0\.75 spent {2}of 1 {2}0\.25 left/,
    );

    const again = await cli.oubli(...asked, "--json");
    assert.equal(again.exit, EXIT.failed);
    assert.partialDeepStrictEqual(again.json(), { executed: false, left: 0.25, enough: false });
    const refused = await cli.oubli(...asked, "--execute");
    assert.match(refused.err, /^BUDGET_SPENT: /);
  });

  test("what is not declared, and a number that is none, is named as it was typed", async () => {
    await using cli = await openCounting();
    const odd = await cli.oubli("analytics", "publish", "logout", ...DAYS, "--epsilon", "1");
    assert.match(odd.err, /^INPUT_INVALID: <event> .*accepted: login/);
    const by = await cli.oubli(...publish, "--by", "colour", "--epsilon", "1");
    assert.match(by.err, /^INPUT_INVALID: --by .*accepted: plan/);
    const none = await cli.oubli(...publish, "--epsilon", "much");
    assert.match(none.err, /^INPUT_INVALID: --epsilon /);
    const day = await cli.oubli("analytics", "budget", "--from", "today", "--to", "2026-01-02");
    assert.match(day.err, /^INPUT_INVALID: --from .*a day in UTC/);
  });
});

async function openCounting() {
  const cli = await openCli();
  await writeFile(cli.path("oubli.config.mjs"), CONFIG(cli.folder));
  await cli.oubli("init");
  return cli;
}
