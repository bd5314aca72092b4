import assert from "node:assert/strict";
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";

import { unzip } from "../../test/support/unzip.ts";
import { openCli, openWithAda } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

describe("a person's package", () => {
  test("is a new file that only its owner reads, and holds at once for whoever checks it", async () => {
    await using cli = await openWithAda();
    const made = await cli.oubli("package", "ada", "--to", "ada.zip", "--name", "Ada");
    assert.equal(made.exit, EXIT.done, made.err);
    assert.match(
      made.out,
      /^Written\. Every system that was asked has answered\.\n {2}memories: 3/,
    );
    if (process.platform !== "win32") {
      assert.equal((await stat(cli.path("ada.zip"))).mode & 0o777, 0o600);
    }

    for (const [name, bytes] of await unzip(await readFile(cli.path("ada.zip")))) {
      await mkdir(dirname(cli.path("ada", name)), { recursive: true });
      await writeFile(cli.path("ada", name), bytes);
    }
    const exported = (await cli.oubli("audit", "export", "log", "--json")).json<{
      verifierKeys: { ledger: string };
    }>();
    const key = exported.verifierKeys.ledger;
    const zipped = await cli.oubli("verify", "--package", "ada.zip", "--key", key);
    assert.equal(zipped.exit, EXIT.error);
    assert.match(zipped.err, /^FILE: --package is a folder: unpack the ZIP/);
    const check = ["verify", "--package", "ada", "--key", key];
    const valid = await cli.oubli(...check);
    assert.equal(valid.exit, EXIT.done, valid.err + valid.out);
    await appendFile(cli.path("ada", "index.html"), " ");
    const changed = await cli.oubli(...check);
    assert.equal(changed.exit, EXIT.failed);
    assert.match(changed.out, /^NOT VALID: file-differs: index\.html/);
  });

  test("replaces no file, and leaves none where there is no such person", async () => {
    await using cli = await openWithAda();
    await writeFile(cli.path("ada.zip"), "mine");
    const taken = await cli.oubli("package", "ada", "--to", "ada.zip");
    assert.equal(taken.exit, EXIT.error);
    assert.match(taken.err, /^FILE: --to names a file that is there already/);
    assert.equal(await readFile(cli.path("ada.zip"), "utf8"), "mine");
    const nobody = await cli.oubli("package", "nobody", "--to", "nobody.zip");
    assert.match(nobody.err, /^NOT_FOUND/);
    await assert.rejects(stat(cli.path("nobody.zip")), { code: "ENOENT" });
    const odd = await cli.oubli("package", "ada", "--to", "b.zip", "--identifier", "ada");
    assert.equal(odd.exit, EXIT.usage);
  });

  test("waits behind a link that opens once, until it is taken back", async () => {
    await using cli = await openWithAda();
    const store = `sqlite:${cli.path("oubli-data")}`;
    const packages = cli.path("packages");
    const config = { regions: { default: { jurisdictions: ["*"], store } } };
    await writeFile(
      cli.path("oubli.config.mjs"),
      `export const packages = ${JSON.stringify(packages)};
       export const config = ${JSON.stringify(config)};`,
    );
    const made = await cli.oubli("package", "ada", "--link", "--expires", inDays(3), "--json");
    assert.equal(made.exit, EXIT.done, made.err);
    const { link } = made.json<{ link: string }>();
    assert.equal((await readdir(packages)).length, 1);

    const shown = await cli.oubli("package", "revoke", "ada");
    assert.match(shown.out, /^case_\S+ {2}ready {2}until [^]*taken back\. Do it: --execute$/);
    assert.equal((await readdir(join(packages, "default"))).length, 1);
    assert.ok(!shown.out.includes(link));
    const done = await cli.oubli("package", "revoke", "ada", "--execute");
    assert.equal(done.out, "Took back 1 link.");
    assert.deepEqual(await readdir(join(packages, "default")), []);
    assert.equal((await cli.oubli("package", "revoke", "ada")).out, "No link waits.");
  });

  test("is asked for as a file or as a link, and a link needs a folder", async () => {
    await using cli = await openCli();
    for (const words of [
      [],
      ["--to", "a.zip", "--link"],
      ["--to", "-"],
      ["--to", "a.zip", "--expires", inDays(1)],
    ]) {
      assert.equal((await cli.oubli("package", "ada", ...words)).exit, EXIT.usage);
    }
    await using known = await openWithAda();
    assert.match(
      (await known.oubli("package", "ada", "--link")).err,
      /^CONFIG_INVALID: .*packages/,
    );
  });
});

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
