import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { breachShapes } from "./breach-shapes.ts";

test("the guide names every field that a report or an update may have, and every draft", () => {
  const guide = readFileSync(new URL("../../../docs/how-to/breach.md", import.meta.url), "utf8");
  const { report, update, draft } = breachShapes;
  const names = [...Object.keys(report.shape), ...Object.keys(update.shape), ...draft.options];
  const table = guide.split("\n").filter((line) => line.startsWith("| `"));
  const drafts = guide.split("\n").find((line) => line.startsWith("`breach.draft(")) ?? "";
  const told = [...table, drafts.replaceAll('"', "`")].join("\n");
  assert.deepEqual(
    names.filter((name) => !told.includes(`\`${name}\``)),
    [],
  );
});
