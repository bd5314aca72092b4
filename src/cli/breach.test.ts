import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { openCli, type CliWorld } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

const REPORT = [
  ...["breach", "report", "--severity", "high", "--detected", "2026-01-01T09:00"],
  ...["--description", "a stolen password", "--affected", "ada", "--category", "preference"],
];

async function openStore(): Promise<CliWorld> {
  const cli = await openCli();
  await cli.oubli("init");
  await cli.oubli("consent", "grant", "ada", "--purpose", "assistant", "--policy-version", "v1");
  await cli.oubli("remember", "ada", "likes tea", "--purpose", "assistant");
  await cli.oubli("recall", "ada", "tea", "--purpose", "assistant");
  return cli;
}

/** Appends a line for each message, and fails while there is a file `broken`. */
async function writeNotifiers(cli: CliWorld): Promise<void> {
  const store = JSON.stringify(`sqlite:${cli.folder}/oubli-data`);
  await writeFile(
    cli.path("oubli.config.mjs"),
    `import { appendFile } from "node:fs/promises";
    import { existsSync } from "node:fs";
    const at = (name) => new URL(name, import.meta.url);
    export const notifiers = [{ name: "file", reaches: ["dpo", "person"], async send({ to }) {
      if (existsSync(at("broken"))) throw new Error("away");
      await appendFile(at("sent.txt"), to.kind + "\\n");
      return "sent";
    } }];
    export default { controller: { name: "Clinic Ltd", contact: { email: "hello@clinic.example" } },
      regions: { default: { jurisdictions: ["*"], store: ${store} } } };`,
  );
}

/** The id of an incident that was reported. */
async function reported(cli: CliWorld, ...more: readonly string[]): Promise<string> {
  const { json } = await cli.oubli(...REPORT, ...more, "--execute", "--json");
  return json<{ id: string }>().id;
}

describe("oubli breach", () => {
  test("report writes nothing until it is told to, and shows what it would bring", async () => {
    await using cli = await openStore();
    const planned = await cli.oubli(...REPORT);
    assert.equal(planned.exit, EXIT.done);
    assert.match(planned.out, /oubli\.authority +would be due +2026-01-04 09:00 UTC/);
    assert.match((await cli.oubli("breach", "list")).out, /No incident/);
    const done = await cli.oubli(...REPORT, "--execute");
    assert.match(done.out, /case_\S+: high, ongoing/);
    assert.match((await cli.oubli("breach", "list")).out, /high +ongoing +2026-01-01 09:00 UTC/);
  });

  test("scope says whom and what, in numbers and by their ids", async () => {
    await using cli = await openStore();
    const { out } = await cli.oubli("breach", "scope", "--actor", "cli");
    assert.match(out, /1 person, 1 item/);
    const { json } = await cli.oubli("breach", "scope", "--epoch", "1", "--people", "--json");
    const { affected } = json<{ affected: { items: { id: string }[] }[] }>();
    assert.match(affected[0]!.items[0]!.id, /^node_/);
    const nobody = await cli.oubli("breach", "scope", "--actor", "nobody");
    assert.equal(nobody.exit, EXIT.error);
    assert.match(nobody.err, /^NOT_FOUND/);
  });

  test("update, done and close take an incident to its end, each dry at first", async () => {
    await using cli = await openStore();
    const id = await reported(cli);
    const dry = await cli.oubli("breach", "update", id, "--phase", "closed the account");
    assert.match(dry.out, /Nothing was written/);
    await cli.oubli("breach", "update", id, "--state", "mitigated", "--execute");
    assert.match((await cli.oubli("breach", "done", id, "oubli.authority")).out, /Nothing was/);
    for (const dryOrNot of [[], ["--execute"]]) {
      const { err } = await cli.oubli("breach", "done", id, "oubli.authrity", ...dryOrNot);
      assert.match(err, /^NOT_FOUND: .*field: duty; accepted: .*oubli\.authority/);
    }
    const done = await cli.oubli("breach", "done", id, "oubli.authority", "--execute");
    assert.match(done.out, /oubli\.authority +done/);
    await cli.oubli("breach", "done", id, "gdpr.individuals", "--not-due", "--execute");
    await cli.oubli("breach", "update", id, "--close", "--execute");
    assert.match((await cli.oubli("breach", "list", "--open")).out, /No incident/);
    assert.match((await cli.oubli("breach", "show", id)).out, /mitigated/);
  });

  test("draft names the fields that are missing; a file fills them, and it is written once", async () => {
    await using cli = await openStore();
    const id = await reported(cli);
    const { exit, err } = await cli.oubli("breach", "draft", id, "gdpr-authority");
    assert.equal(exit, EXIT.error);
    assert.match(err, /^DRAFT_INCOMPLETE.*controller.*consequences/);
    const config = `export default { controller: { name: "Clinic Ltd",
      contact: { email: "hello@clinic.example" } },
      regions: { default: { jurisdictions: ["*"], store: ${JSON.stringify(`sqlite:${cli.folder}/oubli-data`)} } } };`;
    await writeFile(cli.path("oubli.config.mjs"), config);
    const more = {
      consequences: "false mails",
      measures: "a new password",
      records: 7,
      lateBecause: "it was found late",
    };
    await writeFile(cli.path("more.json"), JSON.stringify(more));
    await cli.oubli("breach", "update", id, "--file", "more.json", "--execute");
    const draft = ["breach", "draft", id, "gdpr-authority", "--out", "notice.txt"];
    assert.equal((await cli.oubli(...draft)).exit, EXIT.done);
    const text = await readFile(cli.path("notice.txt"), "utf8");
    assert.match(text, /People affected: about 1\./);
    assert.match(text, /Records affected: about 7\./);
    assert.match((await cli.oubli(...draft)).err, /^FILE/);
  });

  test("detect only looks, until it is told to", async () => {
    await using cli = await openStore();
    assert.match((await cli.oubli("breach", "detect")).out, /Nothing that is not usual/);
    assert.match((await cli.oubli("breach", "detect", "--execute")).out, /Read \d+ entries/);
  });

  test("a done task says when it was done, and apart from that when it was due", async () => {
    await using cli = await openStore();
    const id = await reported(cli);
    const told = ["breach", "done", id, "oubli.authority", "--at", "2026-01-02T10:00"];
    const { out } = await cli.oubli(...told, "--execute");
    assert.match(out, /oubli\.authority +done +2026-01-02 10:00 UTC; due: 2026-01-04 09:00 UTC/);
  });

  test("a dry update or done is refused as the execution is", async () => {
    await using cli = await openStore();
    const id = await reported(cli);
    await writeFile(cli.path("bad.json"), JSON.stringify({ measure: "misspelt" }));
    for (const words of [
      ["update", id, "--file", "bad.json"],
      ["update", id, "--state", "suspected"],
      ["update", id, "--affected", "zoe"],
      ["done", id, "gdpr.nobody"],
    ]) {
      const dry = await cli.oubli("breach", ...words);
      const wet = await cli.oubli("breach", ...words, "--execute");
      assert.deepEqual([dry.exit, dry.err], [wet.exit, wet.err]);
      assert.equal(dry.exit, EXIT.error);
    }
  });

  test("without notifiers it says who sends", async () => {
    await using cli = await openStore();
    const id = await reported(cli);
    const { out } = await cli.oubli("breach", "show", id);
    assert.match(out, /officer is not told yet \(opened\): no notifier tried. .*oubli work/);
  });

  test("with notifiers it sends what is due, and says where the officer could not be told", async () => {
    await using cli = await openStore();
    await writeNotifiers(cli);
    const sent = () => readFile(cli.path("sent.txt"), "utf8");
    const critical = REPORT.map((word) => (word === "high" ? "critical" : word));
    const first = await cli.oubli(...critical, "--execute", "--json");
    const { id } = first.json<{ id: string }>();
    assert.equal(first.exit, EXIT.done);
    const texts = { whatHappened: "a", consequences: "b", measures: "c", advice: "d" };
    await writeFile(cli.path("more.json"), JSON.stringify(texts));
    assert.match(await sent(), /^(dpo\n)+$/);
    const { out } = await cli.oubli("breach", "update", id, "--file", "more.json", "--execute");
    assert.match(out, /The officer was told \(opened\) by file/);
    assert.match(out, /Letters: 0 queued, 1 sent/);
    assert.match(await sent(), /^(dpo\n)+person\n$/);

    await writeFile(cli.path("broken"), "");
    const failed = await cli.oubli(...REPORT, "--execute");
    assert.equal(failed.exit, EXIT.waiting);
    assert.match(failed.out, /not told yet \(opened\): 1 attempt failed/);
  });

  for (const [what, words] of [
    ["a severity that is none", [...REPORT.slice(0, 3), "awful", ...REPORT.slice(4)]],
    ["a time that is none", ["breach", "scope", "--from", "yesterday"]],
    ["nothing that is known", ["breach", "scope"]],
    ["an id that is none", ["breach", "show", "case_1"]],
    ["a file that is not there", ["breach", "report", "--file", "gone.json"]],
    ["a key that is two", ["breach", "scope", "--epoch", "1", "--subject", "sub_1"]],
  ] as const) {
    test(`${what} is one line, and no incident`, async () => {
      await using cli = await openStore();
      const { exit, err } = await cli.oubli(...words);
      assert.notEqual(exit, EXIT.done);
      assert.match(err, /^(INPUT_INVALID|USAGE|FILE)/);
      assert.match((await cli.oubli("breach", "list")).out, /No incident/);
    });
  }
});
