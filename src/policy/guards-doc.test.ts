import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { GUARDS } from "#policy";

const here = import.meta.dirname;
const doc = readFileSync(`${here}/../../docs/guards.md`, "utf8");
const tests = globSync(`${here}/*.test.ts`).map((file) => readFileSync(file, "utf8"));

/** What is wrong with the table of guards; empty when it says exactly what the code does. */
function faults(text: string): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
  const named = cells.map((cell) => cell[1]!.replaceAll("`", ""));
  const wrong = named.join(" ") === GUARDS.join(" ") ? [] : ["guards or their order"];
  for (const [, guard, asks, law, title] of cells) {
    if (!asks?.endsWith("?")) wrong.push(`${guard} asks nothing`);
    if (!/Art\.|CFR/.test(law ?? "")) wrong.push(`${guard} has no law`);
    if (!tests.some((source) => source.includes(`test("${title}"`)))
      wrong.push(`${guard} has no test`);
  }
  return wrong;
}

test("docs/guards.md lists exactly the guards, in order, each with its law and a test that exists", () => {
  assert.deepEqual(faults(doc), []);
});

for (const [what, changed] of [
  ["a guard left out", doc.replace(/^\| `erased`.*\n/m, "")],
  ["a guard too many", doc.replace(/^\| `erased`/m, "| `mood` | Is it? | Art. 1 | x |\n$&")],
  ["another order", doc.replace(/^(\| `role`.*\n)(\| `purpose`.*\n)/m, "$2$1")],
  ["a law left out", doc.replace("GDPR Art. 17(1)", "")],
  ["a test that is not there", doc.replace("an erased subject is neither", "an erased one is not")],
] as const) {
  test(`the check bites: ${what}`, () => {
    assert.notEqual(changed, doc);
    assert.equal(faults(changed).length > 0, true);
  });
}
