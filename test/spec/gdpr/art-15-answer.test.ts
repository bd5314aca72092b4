import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, test } from "node:test";

import type { Json } from "#kernel";
import { defineSource, type SourceItem } from "#sources";

import { letter, openOffice, received } from "../rights/office.ts";

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

const item = (id: string, data: Readonly<Record<string, Json>>, reason?: string): SourceItem => ({
  collection: "visits",
  id,
  category: "health",
  data,
  ...(reason === undefined ? {} : { withheld: [{ field: "*", reason }] }),
});

async function answered(items: readonly SourceItem[], right: "access" | "portability" = "access") {
  const source = defineSource({
    name: "crm",
    async *export() {
      yield* items;
    },
  });
  const office = await openOffice({}, { sources: [source] });
  const said = { role: "user", category: "preference" } as const;
  const ada = await office.person("ada");
  await ada.session({ purpose: "support" }).remember([
    { ...said, content: "likes tea", speaker: "Ada" },
    { ...said, content: "her brother's secret", speaker: "Bob" },
  ]);
  const id = await received(office, { person: "ada", right });
  const shown = await office.dpo.requests.package(id, nowhere(), { names: ["Ada"] });
  return {
    shown,
    text: await letter(office, id),
    [Symbol.asyncDispose]: () => office.oubli.close(),
  };
}

describe("the answer to somebody who asked for a copy (GDPR Art. 15)", () => {
  test("says how much it leaves out, and why", async () => {
    await using given = await answered([item("1", { seen: "2025-01-01" })]);
    assert.equal(given.shown.state, "completed");
    assert.match(
      given.text,
      /In 1 place it leaves out something that we hold: what another person said\./,
    );
  });

  for (const right of ["access", "portability"] as const) {
    test(`${right}: does not count records that are held back whole as given, and is no full answer`, async () => {
      const items = [
        item("1", { seen: "2025-01-01" }),
        item("2", {}, "access-undeclared"),
        item("3", {}, "access-undeclared"),
      ];
      await using all = await answered(items.slice(0, 1), right);
      await using given = await answered(items, right);
      assert.equal(all.shown.state, "completed");
      const { state, exceptions, counts } = given.shown;
      assert.deepEqual([state, exceptions], ["completed-with-exceptions", ["records-held-back"]]);
      assert.deepEqual(counts, { ...all.shown.counts, heldBack: 2 });
      assert.match(given.text, new RegExp(`\\b${all.shown.counts["records"]} records`));
      assert.match(
        given.text,
        /Not everything could be done\. We hold 2 records more, and they are not in there: no copies/,
      );
    });
  }

  test("repeats no words of a system's own in its reasons", async () => {
    await using given = await answered([item("1", { seen: "x" }, "Dr. Grey\n\nsaid no")]);
    assert.doesNotMatch(given.text, /Grey/);
    assert.match(given.text, /In 2 places .* a reason that the system has of its own/);
  });
});
