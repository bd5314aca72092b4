import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { linkSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { systemClock } from "#kernel";

import { fileRootProvider } from "./file-root.ts";
import { memoryRootProvider } from "./memory-root.ts";
import { rootProviderRules } from "./root-provider-rules.ts";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "oubli-root-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const rootIn = (path: string, region = "eu") =>
  fileRootProvider({ folder: join(path, "root"), region, clock: systemClock });

describe("the file root keeps the promises of every root provider", () => {
  for (const { rule, check } of rootProviderRules) {
    test(rule, async () => {
      using place = folder();
      await check(rootIn(place.path));
    });
  }
});

describe("the memory root keeps the promises of every root provider", () => {
  for (const { rule, check } of rootProviderRules) {
    test(rule, () => check(memoryRootProvider({ clock: systemClock })));
  }
});

test("the folder and its keys are their owner's alone, and no draft is left", async () => {
  using place = folder();
  await rootIn(place.path).create(1);
  assert.deepEqual(readdirSync(join(place.path, "root")), ["eu.epoch-1.key"]);
  assert.equal(statSync(join(place.path, "root")).mode & 0o777, 0o700);
  assert.equal(statSync(join(place.path, "root", "eu.epoch-1.key")).mode & 0o777, 0o600);
  assert.equal(statSync(join(place.path, "root", "eu.epoch-1.key")).size, 32);
});

test("a key outlives the process that made it; regions and other files keep apart", async () => {
  using place = folder();
  await rootIn(place.path).create(1);
  await rootIn(place.path, "eu-west").create(4);
  writeFileSync(join(place.path, "root", "eu.epoch-9.key.abc.tmp"), "");
  assert.deepEqual(await rootIn(place.path).epochs(), [1]);
  assert.ok((await rootIn(place.path).key(1))?.equals((await rootIn(place.path).key(1))!));
  assert.equal(await rootIn(place.path, "us").key(1), null);
});

test("a key whose destruction was killed half-way is absent, and the next call finishes it", async () => {
  using place = folder();
  const root = rootIn(place.path);
  await root.create(1);
  const files = join(place.path, "root");
  // What a kill leaves: the key has lost its name, and not its bytes.
  renameSync(join(files, "eu.epoch-1.key"), join(files, "eu.epoch-1.key.destroyed"));
  linkSync(join(files, "eu.epoch-1.key.destroyed"), join(files, "witness"));
  const bytes = readFileSync(join(files, "witness"));
  assert.equal(await root.key(1), null);
  assert.deepEqual(await root.epochs(), []);

  assert.equal((await root.destroy(1)).method, "overwritten-and-unlinked");
  assert.notDeepEqual(readFileSync(join(files, "witness")), bytes);
  assert.deepEqual(readdirSync(files), ["witness"]);
});

test("destroying overwrites the key where it lies, so that another name of it holds noise", async () => {
  using place = folder();
  const root = rootIn(place.path);
  await root.create(1);
  const file = join(place.path, "root", "eu.epoch-1.key");
  const before = readFileSync(file);
  linkSync(file, join(place.path, "other-name"));
  assert.equal((await root.destroy(1)).method, "overwritten-and-unlinked");
  assert.notDeepEqual(readFileSync(join(place.path, "other-name")), before);
});

test("a key file of another size is damage, never a shorter key", async () => {
  using place = folder();
  mkdirSync(join(place.path, "root"));
  writeFileSync(join(place.path, "root", "eu.epoch-1.key"), "short");
  await assert.rejects(rootIn(place.path).key(1), { code: "STORE_DAMAGED" });
});

test("a region that could leave the folder is refused", () => {
  for (const region of ["../eu", "", "EU", "a/b", "eu."]) {
    assert.throws(() => rootIn(tmpdir(), region), { code: "CONFIG_INVALID" });
  }
});
