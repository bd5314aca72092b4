import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, test } from "node:test";

const ROOM = import.meta.dirname;
const TSC = join(ROOM, "../../node_modules/typescript/bin/tsc");

const IMPORT = /(?:from|import|require)\s*\(?\s*["'`]([^"'`]+)["'`]/g;

const files = globSync(`${ROOM}/**/*.ts`).filter((file) => !file.endsWith(".test.ts"));

/** Everything that a source takes from outside of the room. */
function foreignTo(source: string): string[] {
  const targets = [...source.matchAll(IMPORT)].map((match) => match[1]!);
  return targets.filter((target) => !/^\.\/[a-z-]+\.ts$/.test(target));
}

/** What the compiler says of a file that knows the browser and not Node; empty when it is content. */
function browserErrors(file: string): string {
  const options = "--ignoreConfig --noEmit --strict --target es2024 --lib es2024,dom";
  const modules = "--module nodenext --allowImportingTsExtensions --erasableSyntaxOnly";
  try {
    execFileSync(process.execPath, [TSC, ...`${options} ${modules}`.split(" "), file]);
    return "";
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}

describe("the verifier stands alone", () => {
  test("it imports no package, no other room and nothing of Node", () => {
    assert.ok(files.length > 10, "a check that sees no files would pass for ever");
    for (const file of files) {
      assert.deepEqual(foreignTo(readFileSync(file, "utf8")), [], basename(file));
    }
  });

  for (const [what, line] of [
    ["of a package", 'import { z } from "zod";'],
    ["of another room", 'import { utf8 } from "#kernel";'],
    ["of Node", 'import { createHash } from "node:crypto";'],
    ["of Node, without its prefix", "import { createHash } from 'crypto';"],
    ["through the window", 'export * from "../kernel/bytes.ts";'],
    ["at run time", 'const lazy = await import("#kernel");'],
    ["the old way", 'const crypto = require("crypto");'],
    ["for its effect", 'import "zod";'],
  ] as const) {
    test(`the check bites: an import ${what}`, () => {
      assert.equal(foreignTo(line).length, 1);
    });
  }

  test("it compiles for a browser, where there is no Node", () => {
    assert.equal(browserErrors(join(ROOM, "index.ts")), "");
  });

  test("the check bites: a Buffer does not compile there", () => {
    const folder = mkdtempSync(join(tmpdir(), "oubli-verify-"));
    try {
      const file = join(folder, "uses-node.ts");
      writeFileSync(file, 'export const bytes = Buffer.from("");\n');
      assert.match(browserErrors(file), /Buffer/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
