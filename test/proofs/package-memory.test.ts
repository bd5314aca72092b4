import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

import yauzl from "yauzl";

import { THOROUGH } from "./support/thorough.ts";

// Proof: what a package needs of memory does not grow with what it holds. Method: it is made by a
// process that does nothing else, with the code as it is installed, and the system says how much
// that process ever had.

const MEMORIES = THOROUGH ? 100_000 : 4_000;

/** Of the whole process: Node itself, and the caches of three databases. */
const MEMORY_MAX_MIB = THOROUGH ? 300 : 280;

/** Garbage may wait as long as there is memory for it: so Node is told how much there is. */
const HEAP = "--max-old-space-size=100";

const PAGE_MAX_BYTES = 4 * 1024 * 1024;

const OPEN = `
import { createWriteStream } from "node:fs";
import { openOubli } from "./dist/index.js";
const oubli = await openOubli({
  regions: { eu: { jurisdictions: ["*"], store: "sqlite:./data", root: "./root" } },
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
}, { sweep: "manual" });
`;

const FILL = `${OPEN}
const chat = (await oubli.subject("ada")).session({ purpose: "support" });
const sentence = "She would rather be written to in the morning, about one thing at a time. ";
for (let from = 0; from < ${MEMORIES}; from += 1000) {
  await chat.remember(Array.from({ length: 1000 }, (_, at) =>
    ({ role: "user", content: sentence.repeat(3) + (from + at) })));
  if (from < 3000) await chat.recall("morning");
}
await oubli.close();
`;

const MAKE = `${OPEN}
const ada = (await oubli.find("ada")).self();
const file = createWriteStream("package.zip");
const { sections } = await ada.package(file);
await new Promise((resolve) => file.end(resolve));
await oubli.close();
const mib = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ mib, memories: sections[0].records }));
`;

/** The package as it is installed: what runs from the sources has a compiler in its memory. */
function built(): string {
  const folder = mkdtempSync(join(tmpdir(), "oubli-package-"));
  const to = ["-p", "tsconfig.build.json", "--outDir", join(folder, "dist")];
  spawnSync(resolve("node_modules/.bin/tsc"), to);
  cpSync("package.json", join(folder, "package.json"));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "root"), { recursive: true });
  return folder;
}

const run = (folder: string, code: string, ...flags: readonly string[]): string =>
  execFileSync(process.execPath, [...flags, "--input-type=module", "-e", code], {
    cwd: folder,
    encoding: "utf8",
  });

test("a package of a person with very many memories is made within a bounded memory", async () => {
  const folder = built();
  try {
    run(folder, FILL);
    const made = JSON.parse(run(folder, MAKE, HEAP)) as { mib: number; memories: number };

    assert.equal(made.memories, MEMORIES);
    assert.ok(made.mib <= MEMORY_MAX_MIB, `${Math.round(made.mib)} MiB`);
    const path = join(folder, "package.zip");
    const zip = await yauzl.openPromise(path);
    const pages: number[] = [];
    for await (const { fileName, uncompressedSize } of zip.eachEntry()) {
      if (fileName.startsWith("report/memories-")) pages.push(uncompressedSize);
    }
    assert.equal(pages.length, MEMORIES / 500);
    assert.ok(Math.max(...pages) < PAGE_MAX_BYTES, "a browser opens each at once");
    assert.ok(statSync(path).size > MEMORIES * 20, "a package of nothing would prove nothing");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
