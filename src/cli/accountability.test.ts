import assert from "node:assert/strict";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { gdpr, hipaa } from "#policy";

import { withoutRandom } from "../../test/support/without-random.ts";
import { openWithAda } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

describe("the accounts on the command line", () => {
  test("the record names each purpose, what is missing, and is written as a page", async () => {
    await using cli = await openWithAda();
    const done = await cli.oubli("record", "--out", "record.html");
    assert.equal(done.exit, EXIT.done);
    assert.match(done.out, /^Controller: not configured$/m);
    assert.match(done.out, /^assistant +GDPR Art\. 6\(1\)\(a\) +P2Y +- +3 items$/m);
    assert.match(done.out, /^The configuration does not say: controller$/m);
    const page = await readFile(cli.path("record.html"), "utf8");
    assert.match(page, /^<!doctype html>/i);
    assert.ok(!withoutRandom(page).includes("ada"));
    assert.match(done.out, /^Written: 1 page\.$/m);
    const again = await cli.oubli("record", "--out", "record.html");
    assert.match(again.err, /^FILE: --out names a file that is there already/);
    await chmod(cli.path("record.html"), 0o644);
    const forced = await cli.oubli("record", "--out", "record.html", "--force");
    assert.equal(forced.exit, EXIT.done);
    assert.equal((await stat(cli.path("record.html"))).mode & 0o777, 0o600);
    const json = (await cli.oubli("record", "--json")).json<{ missing: string[] }>();
    assert.deepEqual(json.missing, ["controller"]);
  });

  test("a notice is published when told to execute, and its drift is named", async () => {
    await using cli = await openWithAda();
    assert.equal((await cli.oubli("notice", "drift")).exit, EXIT.failed);
    const shown = await cli.oubli("notice", "publish", "2026-11");
    assert.match(shown.out, /^Would publish 2026-11: [0-9a-f]{64}\nDo it: --execute/);
    const unlisted = await cli.oubli("notice", "publish", "autumn");
    assert.match(unlisted.err, /^USAGE: <version> takes a number or a date such as v2 or 2026-11 /);
    assert.equal((await cli.oubli("notice", "drift")).exit, EXIT.failed);
    await cli.oubli("notice", "publish", "2026-11", "--execute");
    const same = await cli.oubli("notice", "drift");
    assert.equal(same.exit, EXIT.done);
    assert.match(same.out, /^0 differences from 2026-11/);
    assert.match((await cli.oubli("notice", "--out", "n.html")).out, /^Written: 1 page\.$/m);
    assert.equal((await cli.oubli("notice", "--out", "-")).exit, EXIT.usage);
    assert.match(await readFile(cli.path("n.html"), "utf8"), /<td[^>]*>2 years<\/td>/);
    assert.match((await cli.oubli("notice")).out, /^assistant +consent +P2Y +nobody/m);
  });

  test("an accounting without disclosures says so", async () => {
    await using cli = await openWithAda();
    assert.match((await cli.oubli("accounting", "ada")).out, /^No disclosure has to be listed\.\n/);
  });

  test("one that was asked for is made when told to execute, and answers the request", async () => {
    await using cli = await openWithAda();
    const config = {
      packs: [gdpr(), hipaa()],
      controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
      regions: { default: { jurisdictions: ["*"], store: `sqlite:${cli.path("oubli-data")}` } },
    };
    await writeFile(cli.path("oubli.config.mjs"), `export default ${JSON.stringify(config)};\n`);
    const asked = ["request", "new", "ada", "--right", "accounting", "--known"];
    const { request } = (await cli.oubli(...asked, "--execute", "--json")).json<{
      request: string;
    }>();
    const step = ["request", "advance", request, "--accounting"];
    assert.match(
      (await cli.oubli(...step)).out,
      /asked for in the place of its next step: accounting/,
    );
    const done = await cli.oubli(...step, "--execute");
    assert.equal(done.exit, EXIT.done, done.err);
    assert.match(done.out, /^No disclosure has to be listed\.\n[^]*^state +completed$/m);
  });
});

describe("the posture on the command line", () => {
  test("shows what is not held, logs the run, and is written as a page", async () => {
    await using cli = await openWithAda();
    const done = await cli.oubli("posture", "--out", "posture.html");
    assert.equal(done.exit, EXIT.done, done.out);
    assert.match(done.out, /^not checked +server-guards-rows/m);
    assert.match(done.out, /^\d+ promises held, 0 broken, \d+ not checked\.$/m);
    const [, unchecked] = /of \d+ controls (\d+) were not/.exec(done.out)!;
    assert.equal(done.out.match(/^not checked /gm)?.length, Number(unchecked));
    assert.match(done.out, /^Logged as ledger\/\d+, report [0-9a-f]{64}$/m);
    const page = await readFile(cli.path("posture.html"), "utf8");
    assert.match(page, /BROKEN|held/);
    const all = (await cli.oubli("posture", "--json")).json<{
      rows: { row: string; state: string }[];
      findings: { control: string; facts: object; at: string }[];
    }>();
    assert.equal(all.rows.length, 36);
    for (const { facts, at } of all.findings) {
      assert.equal(typeof facts, "object");
      assert.ok(!Number.isNaN(Date.parse(at)));
    }
  });

  test("a broken promise is named, and ends the process with 4", async () => {
    await using cli = await openWithAda();
    await chmod(cli.path("oubli-root"), 0o755);
    const done = await cli.oubli("posture");
    assert.equal(done.exit, EXIT.failed);
    assert.match(done.out, /^BROKEN +root-is-private +Root keys and notary/m);
  });
});
