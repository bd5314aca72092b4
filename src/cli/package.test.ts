import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, test } from "node:test";

import { unzip } from "../../test/support/unzip.ts";
import { openWithAda } from "./cli-world.test.ts";
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
});
