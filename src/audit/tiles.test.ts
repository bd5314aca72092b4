import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";

import { checkLog, type LogResult } from "#verify";

import { openSample, tempFolder, type SampleLog } from "./sample-log.test.ts";
import { tileFiles } from "./tiles.ts";

/** A log as a folder in memory: path → bytes. */
async function exported({ log, store }: SampleLog, size: number): Promise<Map<string, Uint8Array>> {
  const checkpoint = await log.checkpoints.covering("access", size);
  const files = new Map<string, Uint8Array>();
  for await (const { path, bytes } of tileFiles(store, "access", checkpoint)) {
    assert.ok(!files.has(path), "no file is written twice");
    files.set(path, bytes);
  }
  return files;
}

function judged({ notary }: SampleLog, files: Map<string, Uint8Array>): Promise<LogResult> {
  const read = async (path: string) => files.get(path) ?? null;
  return checkLog({ read, verifierKey: notary.verifierKey("access") });
}

describe("an exported log", () => {
  test("of more than two tiles is found whole by a verifier that trusts only the key", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(650);
    const files = await exported(sample, 650);
    assert.deepEqual([...files.keys()].sort(), [
      "checkpoint",
      "tile/0/000",
      "tile/0/001",
      "tile/0/002.p/138",
      "tile/1/000.p/2",
      "tile/entries/000",
      "tile/entries/001",
      "tile/entries/002.p/138",
    ]);
    const result = await judged(sample, files);
    assert.ok(result.valid);
    assert.deepEqual([result.size, result.prunedBelow], [650, 0]);
  });

  test("is found whole at every size around a tile's end", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    for (const [count, size] of [
      [1, 1],
      [254, 255],
      [1, 256],
      [1, 257],
      [255, 512],
    ] as const) {
      await sample.fill(count);
      const result = await judged(sample, await exported(sample, size));
      assert.ok(result.valid && result.size === size);
    }
  });

  test("stays whole where it was signed, though the log has grown since", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(300);
    const checkpoint = await sample.log.checkpoints.covering("access", 300);
    await sample.fill(300);
    const files = new Map<string, Uint8Array>();
    for await (const { path, bytes } of tileFiles(sample.store, "access", checkpoint)) {
      files.set(path, bytes);
    }
    const result = await judged(sample, files);
    assert.ok(result.valid && result.size === 300);
  });

  test("does not hide a changed byte, in whatever file", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(600);
    const files = await exported(sample, 600);
    for (const [path, bytes] of files) {
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1;
        const result = await judged(sample, new Map(files).set(path, flipped));
        assert.equal(result.valid, false, `${path}, byte ${at}`);
      }
    }
  });

  test("does not hide a missing file", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(600);
    const files = await exported(sample, 600);
    for (const path of files.keys()) {
      if (path === "tile/entries/000") continue; // The first bundle may have been pruned.
      const rest = new Map(files);
      rest.delete(path);
      assert.equal((await judged(sample, rest)).valid, false, path);
    }
  });

  test("leaves out pruned bundles, says so, and is whole in all else", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(600);
    await sample.store.prune("access", 256);
    const files = await exported(sample, 600);
    assert.ok(!files.has("tile/entries/000") && files.has("tile/0/000"));
    const result = await judged(sample, files);
    assert.ok(result.valid);
    assert.equal(result.prunedBelow, 256);
  });

  test("is read from a folder of files as well", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(300);
    const folder = join(place.path, "export");
    for (const [path, bytes] of await exported(sample, 300)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const read = async (path: string) => {
      try {
        return readFileSync(join(folder, path));
      } catch {
        return null;
      }
    };
    const verifierKey = sample.notary.verifierKey("access");
    assert.ok((await checkLog({ read, verifierKey })).valid);
    const other = sample.notary.verifierKey("ledger");
    assert.ok(!(await checkLog({ read, verifierKey: other })).valid);
  });

  test("of no entries is a checkpoint that no one has signed yet", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await assert.rejects(exported(sample, 1), { code: "AUDIT_UNAVAILABLE" });
  });
});
