import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, worldOf, type OpenOptions } from "#engine";
import { word, type EpochMs, type Word } from "#kernel";
import { defineSource, type Source } from "#sources";

const refused: Readonly<Record<string, [options: OpenOptions, details: object]>> = {
  "a clock before 1970": [
    { clock: { now: () => -1 as EpochMs } },
    {
      field: "clock",
      given: "a moment before 1970",
      accepted: "the time it is: set this machine's clock",
    },
  ],
  "a source whose declaration does not fit its system": [
    {
      sources: [
        defineSource({
          name: "crm",
          export: async function* () {},
          check: async () => [{ level: "error", code: word("table-missing"), at: "users" as Word }],
        }),
      ],
    },
    { field: "sources.crm.users", given: "table-missing", accepted: "see: oubli sources check" },
  ],
  "a source of a region that is not configured": [
    { sources: [crmIn("mars")] },
    { field: "sources.crm.region", given: "mars", accepted: "default" },
  ],
  "a retention rule under what the laws keep": [
    {
      sources: [
        defineSource({
          name: "crm",
          retention: [
            { rule: "consent-records", maxAge: "P1D", count: async () => 0, sweep: async () => 0 },
          ],
        }),
      ],
    },
    { field: "sources.crm.retention.consent-records.maxAge", given: "P1D" },
  ],
  "a deriver that would ask an unregistered processor": [
    { derivers: { digest: { processor: "acme", derive: () => "" } } },
    { field: "options.derivers.digest.processor" },
  ],
  "packages of a region that is not configured": [
    { packages: { mars: "packages" } },
    { field: "options.packages", accepted: "default" },
  ],
};

describe("what opening would refuse makes no store", () => {
  for (const [what, [options, details]] of Object.entries(refused)) {
    test(what, async () => {
      await using place = await emptyPlace();
      await assert.rejects(openOubli(place.config, options), (error: { details: object }) => {
        assert.partialDeepStrictEqual(error.details, details);
        return true;
      });
      assert.ok(!existsSync(join(place.folder, "data")));
      assert.ok(!existsSync(join(place.folder, "root")));
    });
  }
});

test("a declaration that is refused is not written to a store that is there", async () => {
  await using place = await emptyPlace();
  const size = async (options: OpenOptions) => {
    await using oubli = await openOubli(place.config, { ...options, sweep: "manual" });
    return (await worldOf(oubli).audit.store.head("ledger")).size;
  };
  const before = await size({});
  const [, [options]] = Object.entries(refused).find(([what]) => what.includes("retention"))!;
  await assert.rejects(openOubli(place.config, options));
  assert.equal(await size({}), before);
  assert.ok((await size({ sources: [crmIn("default")] })) > before);
});

function crmIn(region: string): Source {
  return defineSource({ name: "crm", region, export: async function* () {} });
}

async function emptyPlace() {
  const folder = await mkdtemp(join(tmpdir(), "oubli-refused-"));
  const store = `sqlite:${join(folder, "data")}`;
  const regions = { default: { jurisdictions: ["*"], store, root: join(folder, "root") } };
  return {
    folder,
    config: { regions },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
