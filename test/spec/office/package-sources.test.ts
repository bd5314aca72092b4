import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { defineSource } from "#sources";

import { asGiven, recordsOf, textOf } from "../../support/unzip.ts";
import { given, summaryOf, these } from "../packages.ts";
import { openPeople, TEA } from "../world.ts";

// Goal: what other systems hold is in a person's package, whatever they are called, answer or do.
describe("a package asks other systems", () => {
  test("each gives its part; one that fails hides no other, shows a code, and leaves it incomplete", async () => {
    const secret = "connect to db://user:hunter2@10.0.0.1 failed for ada";
    const sources = [
      defineSource({ name: "orders", export: () => these({ data: { sum: 7 } }) }),
      defineSource({
        name: "tickets",
        // oxlint-disable-next-line require-yield
        async *export() {
          throw new Error(secret);
        },
      }),
    ];
    await using world = await openPeople({}, { sources });
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });

    const { made, files } = await given(world.ada.self());

    assert.equal(made.complete, false);
    assert.deepEqual(recordsOf(files, "source-orders")[0]?.["data"], { sum: 7 });
    const failed = summaryOf(files).sections.filter((each) => each.failed !== null);
    assert.deepEqual(
      failed.map(({ section, failed }) => [section, failed]),
      [["source-tickets", "failed"]],
    );
    assert.equal(recordsOf(files, "memories").length, 1);
    assert.ok(textOf(files, "index.html").includes("Not complete."));
    for (const [name, bytes] of files) assert.ok(!bytes.includes("hunter2"), name);
    const { note } = asGiven(files);
    assert.match(note, /"complete":false/);
  });

  test("what is no JSON ends its own section", async () => {
    const knot: Record<string, unknown> = {};
    knot["self"] = knot;
    const sources = [
      defineSource({ name: "knotted", export: () => these({ data: knot as never }) }),
      defineSource({ name: "odd", export: () => these({ withheld: 7 as never }) }),
    ];
    await using world = await openPeople({}, { sources });
    const { files } = await given(world.ada.self());
    const failed = summaryOf(files).sections.filter((each) => each.failed !== null);
    assert.deepEqual(
      failed.map(({ failed }) => failed),
      ["malformed", "malformed"],
    );
  });

  test("hostile names and texts stay texts: no file is called by them, no page runs them", async () => {
    const nasty = '../../etc/passwd"><script>alert(1)</script>\u0000\u001b[31m\u202e=cmd|calc';
    const item = { collection: nasty.slice(0, 200), id: nasty, data: { [nasty]: nasty } };
    const sources = [defineSource({ name: "files", export: () => these(item) })];
    await using world = await openPeople({}, { sources });
    await world.ada.session({ purpose: "support" }).remember(nasty, { category: "preference" });

    const { files } = await given(world.ada.self());

    for (const [name, bytes] of files) {
      assert.match(name, /^[a-z0-9]+(?:[/-][a-z0-9]+)*(?:\.[a-z]+)+$/);
      if (!name.endsWith(".html")) continue;
      const page = bytes.toString();
      assert.doesNotMatch(page, /<script/i, name);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(page, /[\u0000-\u0008\u000b-\u001f]/, name);
    }
    const [record] = recordsOf(files, "source-files");
    assert.deepEqual(
      record?.["data"],
      { [nasty]: nasty },
      "and for machines they are what they are",
    );
  });

  test("one that never ends is left behind after its time", async () => {
    const sources = [
      defineSource({
        name: "stuck",
        deadlineMs: 100,
        // oxlint-disable-next-line require-yield
        async *export() {
          await new Promise(() => {});
        },
      }),
    ];
    await using world = await openPeople({}, { sources });
    const { files } = await given(world.ada.self());
    assert.equal(summaryOf(files).sections.find((each) => each.failed !== null)?.failed, "timeout");
  });
});
