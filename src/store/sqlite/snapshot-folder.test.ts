import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { makeSnapshotFolder, removeSnapshots } from "./snapshot-folder.ts";

function place(): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "oubli-snapshots-"));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Another process with a copy of keys in a folder of its own. */
async function anotherProcess(folder: string) {
  const source = `
    import { writeFileSync } from "node:fs";
    import { makeSnapshotFolder } from ${JSON.stringify(import.meta.resolve("./snapshot-folder.ts"))};
    const { path } = makeSnapshotFolder(${JSON.stringify(folder)});
    writeFileSync(path + "/keys.db", "keys");
    console.log(path);
    setInterval(() => {}, 1000);`;
  const options = ["--conditions=oubli-source", "--input-type=module", "--eval", source];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { path: String(line).trim(), kill, [Symbol.asyncDispose]: kill };
}

describe("a folder for copies", () => {
  test("stays while its process lives, and goes when it was killed", async () => {
    using at = place();
    await using other = await anotherProcess(at.folder);
    removeSnapshots(at.folder);
    assert.ok(existsSync(join(other.path, "keys.db")));
    await other.kill();
    removeSnapshots(at.folder);
    assert.deepEqual(readdirSync(at.folder), []);
  });

  test("is left alone by whatever else its own process opens", () => {
    using at = place();
    const one = makeSnapshotFolder(at.folder);
    const two = makeSnapshotFolder(at.folder);
    removeSnapshots(at.folder);
    assert.ok(existsSync(one.path) && existsSync(two.path));
    one.remove();
    two.remove();
    assert.deepEqual(readdirSync(at.folder), []);
  });

  test("goes where nobody holds it, whatever process has the number of its maker", () => {
    using at = place();
    const left = join(at.folder, `.snapshot-${process.pid}-aabbccddeeff`);
    mkdirSync(left);
    writeFileSync(join(left, "keys.db"), "keys");
    removeSnapshots(at.folder);
    assert.deepEqual(readdirSync(at.folder), []);
  });

  test("a lock without a folder goes as well", () => {
    using at = place();
    writeFileSync(join(at.folder, ".snapshot-aabbccddeeff.lock"), "");
    removeSnapshots(at.folder);
    assert.deepEqual(readdirSync(at.folder), []);
  });
});
