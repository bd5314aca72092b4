import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";

import { openCli, type CliWorld } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

const AUTHORISED = [
  ...["transfer", "ada", "--to", "us", "--mechanism", "scc", "--document", "SCC-2026-4"],
  ...["--approver", "dpo", "--expires", "2099-01-01"],
];

async function openTwo(): Promise<CliWorld> {
  const cli = await openCli();
  const place = (name: string) => ({
    store: `sqlite:${cli.path(name, "data")}`,
    root: cli.path(name, "root"),
  });
  const config = {
    purposes: { support: { basis: "contract", categories: ["preference"], retention: "P1Y" } },
    regions: {
      eu: { jurisdictions: ["EEA"], ...place("eu") },
      us: { jurisdictions: ["US"], ...place("us") },
    },
    codes: { documents: ["SCC-2026-4"] },
  };
  await writeFile(cli.path("oubli.config.mjs"), `export default ${JSON.stringify(config)};`);
  for (const region of ["eu", "us"]) await cli.oubli("init", "--region", region);
  const told = ["remember", "ada", "Drinks tea.", "--purpose", "support", "--region", "eu"];
  const { exit, err } = await cli.oubli(...told);
  assert.equal(exit, EXIT.done, err);
  return cli;
}

test("transfer without --execute moves nobody", async () => {
  await using cli = await openTwo();
  const plan = await cli.oubli(...AUTHORISED);
  assert.equal(plan.exit, EXIT.done, plan.err);
  assert.match(plan.out, /^Would move 1 memory .* from eu to us/);
  assert.match(plan.out, /Nothing was moved\. Run again with --execute/);
});

test("transfer without --execute refuses what it would refuse with it, and says what is taken", async () => {
  await using cli = await openTwo();
  for (const [given, wrong, line] of [
    ["us", "usa", "USAGE: --to takes us"],
    ["scc", "contract", "USAGE: --mechanism takes adequacy, "],
    ["SCC-2026-4", "SCC", "USAGE: --document takes a code that the configuration lists"],
  ]) {
    const { exit, err } = await cli.oubli(
      ...AUTHORISED.map((one) => (one === given ? wrong! : one)),
    );
    assert.equal(exit, EXIT.usage);
    assert.ok(err.startsWith(line!), err);
  }
});

test("transfer --execute moves the person, and names the certificate of what is erased", async () => {
  await using cli = await openTwo();
  const done = await cli.oubli(...AUTHORISED, "--execute", "--json");
  assert.equal(done.exit, EXIT.done, done.err);
  const { from, to, erased, erasure } = done.json();
  assert.deepEqual([from, to, erased], ["eu", "us", 1]);
  assert.match(String(erasure), /^era_/);
  const found = await cli.oubli("recall", "ada", "tea", "--purpose", "support", "--json");
  assert.equal(found.json<{ nodes: unknown[] }>().nodes.length, 1);
});

test("a mechanism that does not carry them is refused, and says why", async () => {
  await using cli = await openTwo();
  const words = AUTHORISED.map((word) => (word === "scc" ? "unrestricted" : word));
  const refused = await cli.oubli(...words, "--execute");
  assert.equal(refused.exit, EXIT.error);
  assert.match(refused.err, /TRANSFER_REFUSED.*mechanism-missing/);
});
