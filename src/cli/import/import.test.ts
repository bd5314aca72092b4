import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { openCli, type CliWorld } from "../cli-world.test.ts";
import { EXIT } from "../command.ts";
import type { ImportReport } from "./import-lines.ts";
import { parseLine } from "./parse-line.ts";

const CONSENT = ["--consent-version", "v1"];

const SESSIONS = [
  {
    subject: "nell",
    session: "one",
    time: "2025-02-01T09:00:00",
    turns: [
      { id: "1", speaker: "Nell", text: "I grow dahlias on the roof." },
      { id: "2", speaker: "Assistant", text: "Which ones?" },
      { id: "3", speaker: "Nell", text: "Café au Lait.", image: "a pale flower" },
    ],
  },
  {
    subject: "nell",
    session: "two",
    turns: [{ id: "1", speaker: "Nell", text: "The slugs ate half of them." }],
  },
];

interface Listed {
  readonly id: string;
  readonly content: string;
  readonly speaker: string | null;
  readonly saidAt: number | null;
  readonly source: { readonly system: string; readonly event: string } | null;
}

async function openWithFile(lines: readonly unknown[]): Promise<CliWorld> {
  const cli = await openCli();
  await cli.oubli("init");
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  await writeFile(cli.path("lines.jsonl"), texts.join("\n"));
  return cli;
}

async function listed(cli: CliWorld, subject: string): Promise<readonly Listed[]> {
  return (await cli.oubli("list", subject, "--json")).json<{ nodes: Listed[] }>().nodes;
}

describe("importing conversations", () => {
  test("each turn is one memory: speaker, time and source event come with it", async () => {
    await using cli = await openWithFile(SESSIONS);
    const ran = await cli.oubli("import", "--from", "lines.jsonl", ...CONSENT);
    assert.equal(ran.exit, EXIT.done, ran.err);
    assert.match(ran.out, /^Imported 4 memories from 2 lines\.$/);
    const nodes = await listed(cli, "nell");
    const pale = nodes.find(({ content }) => content.startsWith("Café"))!;
    assert.equal(pale.content, "Café au Lait.\n[picture: a pale flower]");
    assert.equal(pale.speaker, "Nell");
    assert.equal(pale.saidAt, Date.UTC(2025, 1, 1, 9));
    assert.deepEqual(pale.source, { system: "import", event: "nell/one/3" });
  });

  test("a second import adds nothing; what was erased meanwhile stays erased", async () => {
    await using cli = await openWithFile(SESSIONS);
    await cli.oubli("import", "--from", "lines.jsonl", ...CONSENT);
    const [gone] = (await listed(cli, "nell")).filter(({ source }) =>
      source?.event.endsWith("one/2"),
    );
    await cli.oubli("forget", "nell", gone!.id);
    const again = await cli.oubli("import", "--from", "lines.jsonl", "--json");
    const { stored, known, erased, malformed } = again.json<ImportReport>();
    assert.deepEqual(
      { stored, known, erased, malformed },
      { stored: 0, known: 3, erased: 1, malformed: [] },
    );
    assert.equal(again.exit, EXIT.done);
    assert.equal((await listed(cli, "nell")).length, 3);
  });

  test("a longer file adds what is new in it", async () => {
    await using cli = await openWithFile(SESSIONS);
    await cli.oubli("import", "--from", "lines.jsonl", ...CONSENT);
    const [first] = SESSIONS;
    const longer = {
      ...first!,
      turns: [...first!.turns, { id: "4", speaker: "Nell", text: "!?x" }],
    };
    await writeFile(cli.path("longer.jsonl"), JSON.stringify(longer));
    const report = (
      await cli.oubli("import", "--from", "longer.jsonl", "--json")
    ).json<ImportReport>();
    assert.equal(report.stored, 1);
    assert.equal(report.known, 3);
  });

  test("--subject puts all of them to one person; simple lines need it", async () => {
    await using cli = await openWithFile([{ content: "I like rain." }, { content: "And snow." }]);
    const without = await cli.oubli("import", "--from", "lines.jsonl", ...CONSENT);
    assert.equal(without.exit, EXIT.error);
    assert.match(without.out, /line 1: it names no subject, and no --subject is given/);
    const words = ["import", "--from", "lines.jsonl", "--subject", "sam", ...CONSENT];
    assert.match((await cli.oubli(...words)).out, /^Imported 2 memories/);
  });

  test("a turn may name a kind and a purpose of its own", async () => {
    await using cli = await openWithFile([
      { subject: "nell", content: "Send me the seed list.", purpose: "personalization" },
    ]);
    await cli.oubli(
      "consent",
      "grant",
      "nell",
      "--purpose",
      "personalization",
      "--policy-version",
      "v1",
    );
    const words = ["import", "--from", "lines.jsonl", "--category", "preference", ...CONSENT];
    const refused = await cli.oubli(...words);
    assert.match(refused.out, /Not imported, line 1: /);
    const allowed = await cli.oubli(...words, "--also", "personalization");
    assert.match(allowed.out, /^Imported 1 memory/);
  });
});

describe("lines that cannot be read", () => {
  const LINES = [
    "{oops",
    { content: "" },
    SESSIONS[1],
    { subject: "nell", content: 7 },
    { turns: [] },
  ];

  test("are told by number, without a word of them, and the rest is imported", async () => {
    await using cli = await openWithFile(LINES);
    const ran = await cli.oubli("import", "--from", "lines.jsonl", "--json", ...CONSENT);
    assert.equal(ran.exit, EXIT.error);
    const { stored, malformed } = ran.json<ImportReport>();
    assert.equal(stored, 1);
    assert.deepEqual(
      malformed.map(({ line }) => line),
      [1, 2, 4, 5],
    );
    assert.equal(malformed[0]!.reason, "it is not JSON");
    assert.ok(!ran.out.includes("oops"));
  });

  test("--strict stops at the first of them", async () => {
    await using cli = await openWithFile(LINES);
    const ran = await cli.oubli("import", "--from", "lines.jsonl", "--strict", ...CONSENT);
    assert.equal(ran.exit, EXIT.error);
    assert.equal(ran.err, "FILE: line 1: it is not JSON");
  });

  for (const [what, line, reason] of [
    ["an array", [], "the line must be a string"],
    ["null", null, "not an object"],
    [
      "an unknown field",
      { content: "x", extra: 1 },
      "the line has a field extra that is not known; known are subject, s",
    ],
    ["an unknown kind", { content: "x", category: "zodiac" }, "category must be one of"],
    ["a time that is none", { content: "x", time: "soon" }, "time must be an ISO 8601 time"],
    ["a turn without an id", { session: "s", turns: [{ text: "x" }] }, "turns.0.id must be a text"],
  ] as const) {
    test(`${what} is not a line`, () => {
      const parsed = parseLine(JSON.stringify(line));
      assert.ok(!parsed.ok);
      if (what !== "an array") assert.ok(parsed.reason.startsWith(reason), parsed.reason);
    });
  }

  test("the lines that the how-to shows are lines", () => {
    const text = readFileSync("docs/how-to/import.md", "utf8");
    const shown = [...text.matchAll(/```json\n(.*)\n```/g)].map((match) => parseLine(match[1]!));
    assert.deepEqual(
      shown.map(({ ok }) => ok),
      [true, true],
    );
  });

  test("a purpose that nobody consented to is no fault of a line: it ends it all", async () => {
    await using cli = await openWithFile(SESSIONS);
    const ran = await cli.oubli("import", "--from", "lines.jsonl");
    assert.equal(ran.exit, EXIT.error);
    assert.match(ran.err, /^CONSENT_MISSING: /);
  });
});
