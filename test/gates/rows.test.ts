import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { CONTROLS, REQUIREMENTS, ROW_IDS } from "#posture";

/** Rows that may still be said to be missing; the list only gets shorter. */
const PENDING: ReadonlySet<string> = new Set(["A23"]);

/** The rows that this version has to keep. */
const DUE = ROW_IDS.filter((row) => !PENDING.has(row));

const ROWS: ReadonlySet<string> = new Set(ROW_IDS);

const PAGE = "docs/compliance/rows.md";

/** The cells of a section's table, without its head. */
function table(page: string, section: string): string[][] {
  const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? "";
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Whether a file exports a function, or a value, of this name. */
function exportsIt(file: string, name: string): boolean {
  if (!existsSync(file)) return false;
  const source = readFileSync(file, "utf8");
  return new RegExp(`^export (?:async )?(?:function|const) ${name}\\b`, "m").test(source);
}

/** Whether a file has a test of exactly this title, by itself or of each engine. */
function hasTest(file: string, title: string): boolean {
  if (!existsSync(file) || !file.endsWith(".test.ts")) return false;
  const source = readFileSync(file, "utf8");
  const ofEach = ["test(`${engine}: ", "`, "].join(title);
  return source.includes(`test(${JSON.stringify(title)}, `) || source.includes(ofEach);
}

/** What is wrong with the page; nothing, if it holds. */
function faultsOf(page: string): string[] {
  const kept = table(page, "Kept");
  const missing = table(page, "Not built");
  const faults: string[] = [];
  for (const [row = "", promise = "", code = "", shown = ""] of kept) {
    const [, file = "", name = ""] = /^`([^`#]+)#([^`]+)`$/.exec(code) ?? [];
    if (!ROWS.has(row)) faults.push(`${row} is no row`);
    if (promise === "") faults.push(`${row} says nothing`);
    if (!exportsIt(file, name)) faults.push(`${row}: no function ${code}`);
    const [, path = "", title = ""] = /^`([^`]+)`: (.+)$/.exec(shown) ?? [];
    if (!hasTest(path, title)) faults.push(`${row}: no test ${shown}`);
  }
  const named = new Set(kept.map(([row]) => row));
  for (const row of DUE) if (!named.has(row)) faults.push(`${row} is due, and not kept`);
  for (const row of ROW_IDS) {
    const notBuilt = missing.some(([other]) => other === row);
    if (named.has(row) === notBuilt) faults.push(`${row} stands in both tables, or in none`);
  }
  for (const [row, , what = ""] of missing) {
    if (!what.startsWith("not built")) faults.push(`${row} is not said plainly to be missing`);
  }
  return faults;
}

const page = readFileSync(PAGE, "utf8");

test("every row that is kept names a function and a test that exist; no row is left out", (t) => {
  assert.ok(table(page, "Kept").length > 30, "a check that sees no rows would pass for ever");
  assert.deepEqual(faultsOf(page), []);
  const open = table(page, "Not built").map(([row]) => row);
  if (open.length > 0) t.diagnostic(`not built yet: ${open.join(" ")}`);
});

test("the rows are A1 to A24 and B1 to B12, each with its promise", () => {
  const wanted = [
    ...Array.from({ length: 24 }, (_, at) => `A${at + 1}`),
    ...Array.from({ length: 12 }, (_, at) => `B${at + 1}`),
  ];
  assert.deepEqual([...ROW_IDS], wanted);
  for (const promise of Object.values(REQUIREMENTS)) assert.ok(promise.length > 20);
  assert.equal(new Set(Object.values(REQUIREMENTS)).size, wanted.length);
});

test("every row has a control that looks at it on a live installation", () => {
  const looked = new Set<string>(CONTROLS.flatMap(({ rows }) => rows));
  assert.deepEqual(
    ROW_IDS.filter((row) => !looked.has(row)),
    [],
  );
  assert.equal(new Set(CONTROLS.map(({ control }) => control)).size, CONTROLS.length);
});

describe("the check bites", () => {
  const line = /^\| A5 \| Erasing.*$/m.exec(page)![0];
  for (const [what, changed] of [
    ["a row without a test", page.replace(line, line.replace(/`test[^|]+/, " "))],
    [
      "a test that was renamed",
      page.replace(line, line.replaceAll("nothing of theirs", "nothing much")),
    ],
    ["a title that is cut short", page.replace(line, line.replace(", in any table", ""))],
    ["a test file that is gone", page.replace(line, line.replace("art-17-erasure", "art-17-gone"))],
    ["a function that is gone", page.replace(line, line.replace("#erase`", "#eraseAll`"))],
    ["a function that is not exported", page.replace(line, line.replace("#erase`", "#heldNodes`"))],
    ["a row that was taken out", page.replaceAll(/^\| A5 \|.*\n/gm, "")],
    ["a row that nobody wrote", page.replace(line, line.replace("A5", "A99"))],
    ["a missing row that claims to be there", page.replace("| not built", "| built")],
    ["a page without tables", ""],
  ] as const) {
    test(what, () => {
      assert.notEqual(changed, page);
      assert.notDeepEqual(faultsOf(changed), []);
    });
  }
});
