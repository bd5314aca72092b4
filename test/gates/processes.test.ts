import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, test } from "node:test";

const TEST = 'import { test } from "node:test";\n';
const PASSES = `${TEST}test("a rule that holds", () => {});`;

/** Goal: files that share a process are told apart, and none of them goes unnoticed. */
describe("test files in one process", () => {
  test("a test that fails fails the run, and is named with its own file; the others run", () => {
    const fails = `${TEST}test("a rule that is broken", () => { throw new Error("as planted"); });`;
    const { exit, out, folder } = run({ fails, passes: PASSES });
    assert.equal(exit, 1);
    assert.match(out, new RegExp(`FAILED: a rule that is broken \\(${folder}/fails.test.ts\\)`));
    assert.match(out, /1 passed, 1 failed, 0 skipped/);
  });

  test("a file that throws while it is loaded fails the run, with those that it keeps from running", () => {
    const throws = `${PASSES}\nthrow new Error("while loading");`;
    const { exit, out, folder } = run({ passes: PASSES, throws });
    assert.equal(exit, 1);
    assert.match(out, /Error: while loading/);
    for (const file of ["passes", "throws"]) assert.ok(out.includes(`${folder}/${file}.test.ts`));
  });

  test("a file without a test fails the run, in company and alone", () => {
    const empty = "export {};";
    const company = run({ empty, passes: PASSES });
    assert.equal(company.exit, 1);
    assert.match(
      company.out,
      new RegExp(`no test of it ran \\(${company.folder}/empty.test.ts\\)`),
    );
    assert.match(company.out, /1 passed, 1 failed/);
    assert.equal(run({ empty }).exit, 1);
  });

  test("what a file does to all of its process reaches no other file", () => {
    const hooks = `import { beforeEach, test } from "node:test";
beforeEach(() => { throw new Error("for its own"); });
test("a rule behind a hook", () => {});`;
    const { out } = run({ hooks, one: PASSES, other: PASSES });
    assert.match(out, /2 passed, 1 failed/);
  });

  test("several share one, and one that is asked for has its own", () => {
    const tells = `${PASSES}\nprocess.stdout.write(\`in \${process.argv[1]}\\n\`);`;
    const shared = run({ one: tells, other: tells });
    const places = [...shared.out.matchAll(/^in (.*)$/gm)].map(([, place]) => place);
    assert.equal(places.length, 2, shared.out);
    assert.equal(new Set(places).size, 1);
    assert.match(run({ one: tells }).out, /^in .*one\.test\.ts$/m);
  });
});

/** Runs planted test files as `npm test` runs those of the tree. */
function run(files: Readonly<Record<string, string>>) {
  mkdirSync(".cache", { recursive: true });
  const folder = mkdtempSync(resolve(".cache/planted-"));
  try {
    for (const [name, source] of Object.entries(files)) {
      writeFileSync(join(folder, `${name}.test.ts`), source);
    }
    const path = relative(".", folder);
    // A run within a run would be passed over.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const ended = spawnSync(process.execPath, ["scripts/test.ts", `${path}/*.test.ts`], { env });
    return { exit: ended.status, out: `${ended.stdout}${ended.stderr}`, folder: path };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
