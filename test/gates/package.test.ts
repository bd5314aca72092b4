import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";

/** The package as a user gets it: packed, and installed into an empty folder. */
describe("the published package", () => {
  let folder = "";
  let packed = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "oubli-package-"));
    execFileSync("npm", ["run", "build"], { stdio: "pipe" });
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const [{ filename }] = JSON.parse(execFileSync("npm", args, { encoding: "utf8" })) as [
      { filename: string },
    ];
    packed = join(folder, filename);
    writeFileSync(join(folder, "package.json"), '{ "name": "empty", "type": "module" }');
    const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    // What it depends on is looked up in the registry, which may be slow to answer, or away a moment.
    const patient = ["retries=6", "retry-mintimeout=1000", "retry-maxtimeout=20000"];
    const install = ["install", ...quiet, ...patient.map((each) => `--fetch-${each}`), packed];
    execFileSync("npm", install, { cwd: folder, stdio: "pipe" });
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (program: string, node = process.execPath) => {
    writeFileSync(join(folder, "program.js"), program);
    return spawnSync(node, ["program.js"], { cwd: folder, encoding: "utf8" });
  };

  test("publint finds nothing to mend", () => {
    const args = [packed, "--strict"];
    const lint = spawnSync(resolve("node_modules/.bin/publint"), args, { encoding: "utf8" });
    assert.equal(lint.status, 0, lint.stdout);
    assert.doesNotMatch(lint.stdout, /warning|suggestion/i);
  });

  test("publint bites, on an export whose file is not there", () => {
    const place = join(folder, "broken");
    cpSync(join(folder, "node_modules/oubli"), place, { recursive: true });
    rmSync(join(place, "dist/index.js"));
    const args = [place, "--strict", "--pack=false"];
    const lint = spawnSync(resolve("node_modules/.bin/publint"), args, { encoding: "utf8" });
    assert.match(lint.stdout, /does not exist/);
    assert.notEqual(lint.status, 0);
  });

  test("it holds what it needs and its documents, and nothing else: no tests, no sources", () => {
    const files = execFileSync("tar", ["tzf", packed], { encoding: "utf8" }).trim().split("\n");
    const other = files.filter(
      (file) =>
        !/^package\/(dist\/.*\.(js|d\.ts|jsonl)|((docs|bench)\/.*)?[^/]+\.md|LICENSE|package\.json)$/.test(
          file,
        ),
    );
    assert.deepEqual(other, []);
    assert.deepEqual(
      files.filter((file) => /\.test\.|conformance/.test(file)),
      [],
    );
    assert.ok(files.includes("package/dist/index.js"));
  });

  test("every link of its documents leads to something in it", () => {
    const installed = join(folder, "node_modules/oubli");
    const documents = globSync("**/*.md", { cwd: installed });
    assert.ok(documents.includes("README.md") && documents.includes(join("docs", "start.md")));
    const dead = documents.flatMap((name) => {
      const text = readFileSync(join(installed, name), "utf8");
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, to]) => to!);
      return links.filter((to) => !existsSync(join(installed, dirname(name), to)));
    });
    assert.deepEqual(dead, []);
  });

  /** The README's first program, and what must be true after it. */
  const example = (): string => {
    const [, program] = /```ts\n([^]*?)```/.exec(readFileSync("README.md", "utf8"))!;
    return `${program!}
      const { verifyCertificate } = await import("oubli/verify");
      const { valid } = await verifyCertificate(certificate.json, certificate.verifierKey);
      const left = (await chat.recall("tea")).nodes.length;
      console.log(JSON.stringify({ content: nodes[0]!.content, context, why, valid, left }));`;
  };

  test("the README's first example runs as it is printed, and does what it says", () => {
    writeFileSync(join(folder, "example.ts"), example());
    const args = ["example.ts"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    assert.equal(stderr, "");
    const { content, context, why, valid, left } = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(content, "Prefers green tea, and no calls before ten.");
    assert.match(String(context), /green tea/);
    assert.deepEqual([valid, left], [true, 0]);
    assert.ok((why as { auditIndex: number }).auditIndex >= 0);
  });

  test("oubli/testing opens a whole world in memory, and its clock moves", () => {
    const { stdout, stderr } = run(`
      import { openTestOubli } from "oubli/testing";
      const oubli = await openTestOubli();
      const before = oubli.clock.now();
      oubli.clock.advance({ days: 2 });
      console.log((oubli.clock.now() - before) / 86_400_000);
      await oubli.close();
    `);
    assert.equal(stdout.trim(), "2", stderr);
  });

  test("the command line is installed, and says its version", () => {
    const bin = join(folder, "node_modules/.bin/oubli");
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    const { stdout } = spawnSync(process.execPath, [bin, "--version"], { encoding: "utf8" });
    assert.equal(stdout.trim(), version);
  });

  test("types come with it: a wrong call does not compile", () => {
    writeFileSync(
      join(folder, "user.ts"),
      `import "oubli/connectors";
       import "oubli/testing";
       import "oubli/verify";
       ${example()}
       // @ts-expect-error a person is named by a string
       await oubli.subject(42);
       export {};\n`,
    );
    // As in any Node project in TypeScript: its types of Node, and `await using`. Nothing else is
    // there, neither drivers nor their types, and the library's own declarations are checked too.
    mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
    symlinkSync(resolve("node_modules/@types/node"), join(folder, "node_modules/@types/node"));
    const settings = ["--strict", "--module", "nodenext", "--target", "es2024", "--types", "node"];
    const args = ["--noEmit", ...settings, "--lib", "es2024,esnext.disposable", "user.ts"];
    const types = spawnSync(resolve("node_modules/.bin/tsc"), args, {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(types.status, 0, types.stdout);
  });

  const older = ["/usr/bin/node", "/usr/local/bin/node"].find(
    (path) =>
      existsSync(path) &&
      Number(execFileSync(path, ["-p", "process.versions.node.split('.')[0]"])) < 24,
  );
  test(
    "on an older Node it says which one it needs, in one sentence",
    { skip: older === undefined ? "no Node older than 24 is installed to try it on" : false },
    () => {
      const { stderr, status } = run('import "oubli";', older!);
      assert.notEqual(status, 0);
      assert.match(stderr, /Oubli needs Node 24 or newer; this is Node \d+/);
      const bin = join(folder, "node_modules/.bin/oubli");
      const cli = spawnSync(older!, [bin, "--help"], { encoding: "utf8" });
      assert.notEqual(cli.status, 0);
      assert.match(cli.stderr, /needs Node 24/);
    },
  );
});
