import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";

/** A tool's verdict over a folder: its exit code, and what it printed. */
function run(tool: string, args: readonly string[], cwd = ".") {
  const bin = resolve("node_modules/.bin", tool);
  const { status, stdout, stderr } = spawnSync(bin, args, { cwd, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

/** A small project inside this one, with this one's settings and one planted fault. */
function planted(file: string, source: string) {
  mkdirSync(".cache", { recursive: true });
  const folder = mkdtempSync(resolve(".cache/planted-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", file), source);
  writeFileSync(join(folder, "package.json"), '{ "name": "planted", "type": "module" }');
  const settings = { extends: resolve("tsconfig.json"), include: ["src"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const LINT = ["-c", resolve(".oxlintrc.json")];
const FORMAT = ["-c", resolve(".oxfmtrc.json"), "--check"];

describe("the tree is clean", () => {
  for (const [name, tool, args] of [
    ["it type-checks under strict TypeScript", "tsc", ["--noEmit"]],
    ["the linter has nothing to say", "oxlint", ["--deny-warnings"]],
    ["every file is formatted", "oxfmt", ["--check", "."]],
    ["nothing is exported that nobody uses, and every dependency is used", "knip", []],
  ] as const) {
    test(name, () => {
      const { status, output } = run(tool, args);
      assert.equal(status, 0, output);
    });
  }
});

describe("each of these gates bites", () => {
  test("the type checker, on a possibly missing array element", () => {
    using place = planted("fault.ts", "export const first: string = ([] as string[])[0];\n");
    const { status, output } = run("tsc", ["--noEmit", "-p", place.folder]);
    assert.notEqual(status, 0);
    assert.match(output, /undefined/);
  });

  test("the linter, on a file that is too long, a function that is too long, and console", () => {
    const long = Array.from({ length: 401 }, (_, at) => `export const n${at} = ${at};`).join("\n");
    const body = Array.from({ length: 72 }, (_, at) => `  n += ${at};`).join("\n");
    const wide = `export function f(n: number): number {\n${body}\n  return n;\n}\n`;
    for (const source of [long, wide, 'console.log("here");\n', "export const a: any = 1;\n"]) {
      using place = planted("fault.ts", source);
      assert.notEqual(run("oxlint", [...LINT, "src"], place.folder).status, 0, source.slice(0, 40));
    }
  });

  test("the formatter, on single quotes", () => {
    using place = planted("fault.ts", "export const a = 'b'\n");
    assert.notEqual(run("oxfmt", [...FORMAT, "src"], place.folder).status, 0);
  });

  test("the search for dead code, on an export that nobody imports", () => {
    using place = planted("index.ts", 'import "./dead.ts";\n');
    writeFileSync(join(place.folder, "src/dead.ts"), "export const dead = 1;\n");
    writeFileSync(join(place.folder, "knip.json"), '{ "entry": ["src/index.ts"] }');
    const { status, output } = run("knip", [], place.folder);
    assert.notEqual(status, 0);
    assert.match(output, /dead/);
  });
});
