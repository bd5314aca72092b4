import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, test } from "node:test";

import { SILENCE_VARIABLE } from "../../scripts/watchdog.ts";
import { until } from "../support/until.ts";

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

/** Goal: whatever a test leaves behind, the run ends, and says where it hung and what failed. */
describe("a run", () => {
  test("ends a file that hangs, with all that it started, and names the test which began last", async () => {
    const leaves = (unref: string) => `import { before, test } from "node:test";
import { spawn } from "node:child_process";
before(() => "so that it has a process of its own");
test("a rule before", () => {});
test("a rule that leaves a process behind", () => {
  const left = spawn("sleep", ["600"], { stdio: "inherit" });
  process.stdout.write(\`left \${left.pid}\\n\`);
  ${unref}
});`;
    // The one waits for its child; the other is gone, but its child keeps its output open.
    const files = { waits: leaves(""), gone: leaves("left.unref();"), passes: PASSES };
    const { exit, out, folder } = run({ ...files }, { [SILENCE_VARIABLE]: "2" });
    assert.equal(exit, 1);
    for (const file of ["waits", "gone"]) {
      const named = `FAILED: a rule that leaves a process behind (${folder}/${file}.test.ts)`;
      assert.ok(out.includes(named), out);
    }
    assert.match(out, /^5 passed, 2 failed, 0 skipped$/m);
    const left = [...out.matchAll(/^left (\d+)$/gm)].map(([, pid]) => pid!);
    assert.equal(left.length, 2);
    await until(
      () => !left.some(lives),
      () => `${left.join(" and ")} have ended`,
    );
  });

  test("says all that failed once more at its end, before the line that counts", () => {
    const fails = `${TEST}test("a rule that is broken", () => { throw new Error("as planted"); });
for (let at = 0; at < 3; at += 1) test("a rule that holds", { skip: "for now" }, () => {});`;
    const { out } = run({ fails });
    const end = out.slice(out.indexOf("What failed, once more:"));
    assert.match(end, /FAILED: a rule that is broken .*\n.*as planted/);
    assert.match(end, /\n0 passed, 1 failed, 3 skipped\n$/);
    assert.ok(!end.includes("skipped: "));
  });
});

/** Whom nobody waits for may keep its number, though it has ended. */
function lives(pid: string): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" }).stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

/** Runs planted test files as `npm test` runs those of the tree. */
function run(files: Readonly<Record<string, string>>, set: Readonly<Record<string, string>> = {}) {
  mkdirSync(".cache", { recursive: true });
  const folder = mkdtempSync(resolve(".cache/planted-"));
  try {
    for (const [name, source] of Object.entries(files)) {
      writeFileSync(join(folder, `${name}.test.ts`), source);
    }
    const path = relative(".", folder);
    // A run within a run would be passed over.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const ended = spawnSync(process.execPath, ["scripts/test.ts", `${path}/*.test.ts`], {
      env: { ...env, ...set },
      timeout: 120_000,
    });
    return { exit: ended.status, out: `${ended.stdout}${ended.stderr}`, folder: path };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
