import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, test } from "node:test";

import { MAIN } from "./spawn-cli.ts";

const SENTENCE = /^Oubli needs Node 24 or newer; this is Node \d+\.\d+\.\d+\.\n$/;

/** The entry as it is published: without types, and without anything beside it to load. */
function runEntry(node: string, flags: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-entry-"));
  try {
    const entry = join(folder, "main.mjs");
    writeFileSync(entry, stripTypeScriptTypes(readFileSync(MAIN, "utf8")));
    return spawnSync(node, [...flags, entry, "list"], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function olderNode(): string | null {
  const names = (process.env["PATH"] ?? "").split(delimiter).map((path) => join(path, "node"));
  const version = (path: string) =>
    Number(
      spawnSync(path, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }).stdout,
    );
  return names.find((path) => existsSync(path) && version(path) < 24) ?? null;
}

describe("on a Node that is too old, the command line says so in one sentence", () => {
  const old = olderNode();

  test("on a real one", { skip: old === null && "no older Node is installed here" }, () => {
    const { status, stdout, stderr } = runEntry(old!);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, SENTENCE);
  });

  test("and on this one, when it says that it is older", () => {
    const older = `Object.defineProperty(process, "versions",
      { value: { ...process.versions, node: "22.9.0" } })`;
    const flag = `--import=data:text/javascript,${encodeURIComponent(older)}`;
    const { status, stderr } = runEntry(process.execPath, [flag]);
    assert.equal(status, 1);
    assert.match(stderr, SENTENCE);
  });

  test("the control: on this one as it is, the entry goes on to load the rest", () => {
    const { status, stderr } = runEntry(process.execPath);
    assert.notEqual(status, 0);
    assert.doesNotMatch(stderr, SENTENCE);
  });
});
