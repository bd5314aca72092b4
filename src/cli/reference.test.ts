import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { COMMANDS } from "./commands/index.ts";

test("the reference names the commands that wait for --execute, and as the README does those that destroy at once", () => {
  const reference = readFileSync("docs/reference/cli.md", "utf8");
  const [, waits, acts] = /\n(Shown, and not done.*)\n\n(Without being asked.*)\n/.exec(reference)!;
  const waiting = COMMANDS.filter(({ flags }) => Object.hasOwn(flags, "execute"));
  assert.deepEqual(named(waits!), waiting.map(({ name }) => name).toSorted());

  const [, told] = /\[at once\](.*)/.exec(readFileSync("README.md", "utf8"))!;
  assert.deepEqual(named(told!), named(acts!));
  const others = COMMANDS.filter((command) => !waiting.includes(command));
  assert.deepEqual(
    named(told!).filter((name) => !others.some((one) => one.name === name)),
    [],
  );
});

function named(text: string): string[] {
  return [...text.matchAll(/`([a-z ]+)`/g)].map(([, name]) => name!).toSorted();
}
