import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { openOubli } from "#engine";

import { FROM_SESSION, OFFICER } from "./office.ts";

const CANARIES = ["zq7-ada-lovelace", "zq7-my-husband", "zq7@example.org", "zq7-explanation"];

/** Which canaries stand in the files of a store, as they are on the disk. */
function readable(folder: string): readonly string[] {
  const files = globSync(join(folder, "**", "*")).filter((file) => !file.endsWith("data"));
  const bytes = files.map((file) => {
    try {
      return readFileSync(file).toString("latin1");
    } catch {
      return "";
    }
  });
  assert.ok(
    bytes.some((text) => text.includes("SQLite format 3")),
    "a check that sees no files",
  );
  return CANARIES.filter((canary) => bytes.some((text) => text.includes(canary)));
}

async function openDisk(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "oubli-requests-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const oubli = await openOubli(
    {
      controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
      regions: {
        eu: { jurisdictions: ["*"], store: `sqlite:${folder}/data`, root: `${folder}/root` },
      },
    },
    { sweep: "manual" },
  );
  return { folder, oubli, dpo: oubli.as(OFFICER) };
}

test("who asked, in what words, and what was answered, is in no file of the store", async (t) => {
  const { folder, oubli, dpo } = await openDisk(t);
  const [person, details, email, explanation] = CANARIES as [string, string, string, string];
  await oubli.subject(person);
  const { request } = await oubli.requests.receive({
    ...FROM_SESSION,
    person,
    details,
    right: "access",
    identifiers: { email },
  });
  await dpo.requests.deny(request.request, { reason: "excessive", explanation });
  assert.deepEqual(readable(folder), []);
  const shown = await dpo.requests.show(request.request);
  assert.deepEqual([shown.externalId, shown.details], [person, details]);
  assert.match(shown.letters.at(-1)!.text, /zq7-explanation/);
  await oubli.close();
  assert.deepEqual(readable(folder), []);
  await writeFile(join(folder, "data", "control"), person);
  assert.deepEqual(readable(folder), [person], "the check bites");
});
