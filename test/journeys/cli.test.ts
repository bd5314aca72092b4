import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { until } from "../support/until.ts";
import { openShell, type Shell } from "./spawn-cli.ts";

// Goal: what a person and a script meet, in processes of their own: streams, exit codes, signals.

async function openStore(): Promise<Shell> {
  const shell = await openShell();
  assert.equal((await shell.oubli("init")).exit, 0);
  const granted = ["--purpose", "assistant", "--policy-version", "v1"];
  assert.equal((await shell.oubli("consent", "grant", "ada", ...granted)).exit, 0);
  return shell;
}

describe("a day with the command line", () => {
  test("from an empty folder to a certificate that holds on another machine", async () => {
    await using shell = await openStore();
    const given = ["--purpose", "assistant", "--category", "preference"];
    const said = "I take my tea with milk, never with lemon.";
    const kept = await shell.with_(
      { stdin: `${said}\n` },
      "remember",
      "ada",
      "-",
      ...given,
      "--json",
    );
    const [node] = kept.json<{ nodes: string[] }>().nodes;
    const found = await shell.oubli(
      "recall",
      "ada",
      "how does she take tea?",
      ...given.slice(0, 2),
    );
    assert.ok(found.out.includes(said));
    assert.equal(found.err, "");

    const forgot = await shell.oubli("forget", "ada", node!, "--certificate", "c", "--json");
    const { verifierKey } = forgot.json<{ verifierKey: string }>();
    assert.equal((await shell.oubli("keys", "rotate")).exit, 0);
    assert.equal((await shell.oubli("audit", "export", "log")).exit, 0);

    // On the other machine there is neither store nor root, and not even SQLite.
    for (const folder of ["oubli-data", "oubli-root"]) {
      await rm(shell.path(folder), { recursive: true });
    }
    const offline = { node: ["--no-experimental-sqlite"] };
    for (const words of [
      ["c/certificate.json", "--key", verifierKey],
      ["--entry", "c/entry.bin", "--proof", "c/proof.txt", "--key", verifierKey],
      ["--log", "log"],
    ]) {
      const ran = await shell.with_(offline, "verify", ...words);
      assert.equal(ran.exit, 0, ran.err);
      assert.match(ran.out, /[Vv]alid: /);
    }
    assert.deepEqual((await readdir(shell.folder)).sort(), ["c", "log"], "and none was made");
  });

  test("the control: a command that needs the store does need SQLite", async () => {
    await using shell = await openStore();
    const ran = await shell.with_({ node: ["--no-experimental-sqlite"] }, "list", "ada");
    assert.equal(ran.exit, 1);
  });

  test("erase shows its plan first; keys are destroyed only with --execute", async () => {
    await using shell = await openStore();
    const given = ["--purpose", "assistant", "--category", "preference"];
    await shell.oubli("remember", "ada", "I collect railway timetables.", ...given);
    const keys = () => readFile(shell.path("oubli-data", "keys.db"));
    const before = await keys();
    const plan = await shell.oubli("erase", "ada");
    assert.equal(plan.exit, 0);
    assert.deepEqual(await keys(), before);
    assert.equal((await shell.oubli("erase", "ada", "--execute")).exit, 0);
    assert.notDeepEqual(await keys(), before);
    assert.equal((await shell.oubli("list", "ada")).exit, 1);
  });

  test("an error is one line on the error stream, and nothing on the other", async () => {
    await using shell = await openStore();
    for (const [words, exit] of [
      [["list", "nobody"], 1],
      [["list"], 2],
      [["recall", "ada", "x", "--purpose", "nonsense"], 1],
      [["list", "ada", "--config", "missing.mjs"], 1],
    ] as const) {
      const ran = await shell.oubli(...words);
      assert.equal(ran.exit, exit);
      assert.equal(ran.out, "");
      assert.match(ran.err, /^[A-Z_]+: [^\n]+\n$/);
    }
  });

  test("a configuration that throws is one line too, without what it threw", async () => {
    await using shell = await openShell();
    await writeFile(shell.path("oubli.config.mjs"), 'throw new Error("token 4711");');
    const ran = await shell.oubli("init");
    assert.equal(ran.exit, 1);
    const told = "FILE: the configuration file cannot be loaded: Error, line 1, column 7\n";
    assert.equal(ran.err, told);
  });

  test("a configuration in TypeScript is found and used", async () => {
    await using shell = await openShell();
    await writeFile(
      shell.path("oubli.config.ts"),
      `const basis: string = "contract";
       export const config = { purposes: { coaching: { basis, categories: ["work"] } } };`,
    );
    const ran = await shell.oubli("init", "--json");
    assert.ok(ran.json<{ purposes: string[] }>().purposes.includes("coaching"), ran.err);
  });

  test("a reader that stops early is no error", async () => {
    await using shell = await openStore();
    const child = shell.start("explain", "--json");
    child.stdout!.destroy();
    let err = "";
    child.stderr!.on("data", (chunk) => (err += String(chunk)));
    await once(child, "close");
    assert.equal(err, "");
  });
});

describe("an import that is killed", () => {
  test("goes on where it was, with nothing lost and nothing twice", async () => {
    await using shell = await openStore();
    const sessions = Array.from({ length: 120 }, (_, session) => ({
      subject: "ada",
      session: `s${session}`,
      turns: Array.from({ length: 5 }, (_, id) => ({
        id: String(id),
        speaker: "Ada",
        text: `In session ${session} I said sentence number ${id}.`,
      })),
    }));
    const lines = sessions.map((line) => JSON.stringify(line)).join("\n");
    await writeFile(shell.path("lines.jsonl"), lines);
    const words = ["import", "--from", "lines.jsonl", "--json"];

    const child = shell.start(...words);
    const closed = once(child, "close");
    using memory = new DatabaseSync(shell.path("oubli-data", "memory.db"), { readOnly: true });
    const stored = memory.prepare("SELECT 1 FROM node");
    await until(
      () => stored.get() !== undefined || child.exitCode !== null,
      () => "the first is stored",
    );
    child.kill("SIGKILL");
    await closed;

    const again = (await shell.oubli(...words)).json<{ stored: number; known: number }>();
    assert.equal(again.stored + again.known, 600);
    const listed = await shell.oubli("list", "ada", "--limit", "1000", "--json");
    const contents = listed.json<{ nodes: { content: string }[] }>().nodes.map((n) => n.content);
    assert.equal(contents.length, 600);
    assert.equal(new Set(contents).size, 600);
    assert.equal((await shell.oubli("audit", "verify")).exit, 0);
  });
});

describe("several at once", () => {
  test("commands in processes of their own do not hinder one another", async () => {
    await using shell = await openStore();
    const given = ["--purpose", "assistant", "--category", "preference", "--json"];
    const ran = await Promise.all(
      Array.from({ length: 6 }, (_, at) => shell.oubli("remember", "ada", `Fact ${at}.`, ...given)),
    );
    for (const { exit, err } of ran) assert.deepEqual([exit, err], [0, ""]);
    const { nodes } = (await shell.oubli("list", "ada", "--json")).json<{ nodes: unknown[] }>();
    assert.equal(nodes.length, 6);
    assert.equal((await shell.oubli("doctor")).exit, 0);
  });
});

describe("the demo", () => {
  test("runs as a stranger would run it, and a reader sees what happened", async () => {
    await using shell = await openShell();
    const ran = await shell.oubli("demo");
    assert.equal(ran.exit, 0, ran.out);
    assert.equal(ran.err, "");
    const titles = ran.out.split("\n").filter((line) => /^ ?\d+ {2}\S/.test(line));
    assert.equal(titles.length, 14);
    for (const title of titles) assert.match(title, / [\d,]+ ms$/);
    assert.match(ran.out, /All 29 claims were checked in this run, and hold\./);
    assert.ok(!ran.out.includes("✗"));
  });
});
