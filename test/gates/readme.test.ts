import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const readme = readFileSync("README.md", "utf8");
const lines = (text: string): string[] => text.split("\n").map((line) => line.trim());

function deadLinks(file: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
  return links.filter((link) => !existsSync(join(dirname(file), link)));
}

test("the README is short", () => {
  assert.ok(lines(readme).length < 150);
});

test("`.ci/run` runs exactly the README's test command", () => {
  const command = "npm ci && npm test";
  assert.ok(lines(readme).includes(command));
  assert.ok(lines(readFileSync(".ci/run", "utf8")).includes(command));
});

test("every link between the documents leads somewhere, and a dead one is found", () => {
  const files = globSync("{*.md,docs/**/*.md,bench/*.md}");
  assert.ok(files.length > 5);
  const dead = files.flatMap((file) => deadLinks(file, readFileSync(file, "utf8")));
  assert.deepEqual(dead, []);
  assert.deepEqual(deadLinks("README.md", "[gone](docs/gone.md)"), ["docs/gone.md"]);
});

test("no document names a path or a host of the machine it was written on", () => {
  const files = globSync("{*.md,docs/**/*.md,src/**/*.ts,test/**/*.ts,bench/**/*.{ts,md},.ci/run}");
  const told = files.filter((file) => {
    const text = readFileSync(file, "utf8");
    return file !== "test/gates/readme.test.ts" && /\/work\/|\/root\/|registry\.npmjs/.test(text);
  });
  assert.deepEqual(told, []);
});

test("every error code is in the reference, and the reference names no other", async () => {
  const { ERRORS } = await import("#kernel");
  const reference = readFileSync("docs/reference/errors.md", "utf8");
  const listed = [...reference.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed.toSorted(), Object.keys(ERRORS).toSorted());
});
