import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { missedByControl, scanFolders, textNeedle, vectorNeedle, type Hit } from "#cli";

const TEXT = 'the kettle’s "cold"\n& it rains';

async function scanOf(files: Readonly<Record<string, string | Buffer>>): Promise<readonly Hit[]> {
  const folder = await mkdtemp(join(tmpdir(), "oubli-residue-"));
  try {
    await mkdir(join(folder, "deep"));
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, name), content);
    }
    return (await scanFolders([folder], [textNeedle("kettle", TEXT)])).hits;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the residue scan", () => {
  const json = JSON.stringify(TEXT).slice(1, -1);
  for (const [encoding, content] of Object.entries({
    raw: TEXT,
    "utf-16": Buffer.from(`ab${TEXT}cd`, "utf16le"),
    "base64+0": Buffer.from(`${TEXT}xyz`).toString("base64"),
    "base64+1": Buffer.from(`1${TEXT}xyz`).toString("base64"),
    "base64+2": Buffer.from(`12${TEXT}xyz`).toString("base64url"),
    hex: Buffer.from(TEXT).toString("hex").toUpperCase(),
    url: `q=${encodeURIComponent(TEXT).replaceAll("%20", "+")}&x`,
    reversed: [...TEXT].toReversed().join(""),
    json: json.replaceAll("’", "\\u2019"),
  })) {
    test(`finds a text as ${encoding}`, async () => {
      const hits = await scanOf({
        file: Buffer.concat([Buffer.from("..."), Buffer.from(content)]),
      });
      assert.deepEqual([...new Set(hits.map((hit) => hit.encoding))], [encoding]);
    });
  }

  test("finds it at every place of a large file, also across what is read at a time", async () => {
    const chunk = 256 * 1024;
    for (const before of [0, chunk - 1, chunk - 10, chunk, 2 * chunk - 17]) {
      const file = Buffer.concat([Buffer.alloc(before), Buffer.from(TEXT), Buffer.alloc(99)]);
      assert.equal((await scanOf({ "deep/file": file })).length, 1, `at ${before}`);
    }
  });

  test("finds it in a file's name, and says which file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "oubli-residue-"));
    await writeFile(join(folder, "export-of-kettle-person.json"), "");
    const needle = textNeedle("name", "kettle-person");
    const { hits, files } = await scanFolders([folder], [needle]);
    await rm(folder, { recursive: true });
    assert.equal(files, 1);
    assert.ok(hits[0]!.file.endsWith("export-of-kettle-person.json"));
  });

  test("finds a vector as the floats that it is", async () => {
    const vector = new Float32Array([0.25, -1.5, 3]);
    assert.deepEqual(await missedByControl([vectorNeedle("vector", vector)]), []);
  });

  test("finds nothing where there is nothing", async () => {
    assert.deepEqual(await scanOf({ file: "the kettle is cold and it rains".repeat(1000) }), []);
  });

  test("its control finds every pattern, or names those that were missed", async () => {
    assert.deepEqual(await missedByControl([textNeedle("kettle", TEXT)]), []);
  });

  test("will not look for what is found by chance", () => {
    assert.throws(() => textNeedle("short", "tea"));
  });
});
