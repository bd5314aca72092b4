import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { OubliError, word } from "#kernel";

import { openCli, openWithAda } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { faultOf, flagName } from "./fault.ts";

describe("bad usage ends with 2, and one line that names the flag", () => {
  for (const [what, words, line] of [
    ["no command", ["frobnicate"], "USAGE: there is no such command; see oubli --help"],
    ["an argument too few", ["list"], "USAGE: missing required argument 'subject'"],
    ["an argument too many", ["list", "a", "b"], "USAGE: there are more arguments than"],
    ["a flag that is not known", ["list", "a", "--foo"], "USAGE: unknown option '--foo'"],
    ["a flag without its value", ["list", "a", "--limit"], "USAGE: option '--limit <number>' arg"],
    ["a number that is none", ["list", "a", "--limit", "x"], "USAGE: --limit takes a whole number"],
    ["a flag that is needed", ["hold", "place", "a"], "USAGE: required option '--case <text>'"],
    ["half a proof", ["verify", "--entry", "e", "--key", "k"], "USAGE: --entry and --proof are"],
    ["nothing to verify", ["verify"], "USAGE: give a certificate, or --entry and --proof, or --l"],
    ["a certificate without a key", ["verify", "c.json"], "USAGE: --key is needed"],
  ] as const) {
    test(what, async () => {
      await using cli = await openCli();
      const ran = await cli.oubli(...words);
      assert.equal(ran.exit, EXIT.usage);
      assert.equal(ran.out, "");
      assert.ok(ran.err.startsWith(line), ran.err);
      assert.ok(!ran.err.includes("\n"));
    });
  }

  test("a value that the engine refuses is named by its flag", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("list", "ada", "--limit", "0");
    assert.match(ran.err, /^INPUT_INVALID: --limit was not accepted/);
    assert.equal(ran.exit, EXIT.error);
  });
});

test("a time that the engine refuses is named by its flag, not by the field it becomes", async () => {
  await using cli = await openWithAda();
  const words = ["--severity", "high", "--description", "a laptop", "--containment", "wiped"];
  const when = ["--detected", "1960-01-01", "--affected", "1", "--category", "preference"];
  const ran = await cli.oubli("breach", "report", "--execute", ...words, ...when);
  assert.match(ran.err, /^INPUT_INVALID: --detected was not accepted/);
  assert.match(ran.err, /from 1970 on/);
});

test("a moment is told as it is typed: missing, and one to come", async () => {
  await using cli = await openWithAda();
  const report = ["breach", "report", "--severity", "low", "--description", "a laptop"];
  const missing = await cli.oubli(...report);
  assert.match(missing.err, /--detected was .*given: nothing; accepted: a time such as 2026-/);
  const early = await cli.oubli(...report, "--detected", "2999-01-01");
  assert.match(early.err, /--detected was .*given: a time; accepted: no later than now/);
});

test("an error says what mends it, in words that can be typed at a terminal", () => {
  const line = (error: unknown) => faultOf(error, null).line;
  const missing = new OubliError("DEPENDENCY_MISSING", { package: word("pg") });
  assert.match(line(missing), /\(package: pg\) Install it: npm install pg$/);
  assert.match(line(new OubliError("RESTORE_OCCUPIED")), /--replace --yes$/);
  const database = new OubliError("CONFIG_INVALID", { field: word("store.database") });
  assert.match(line(database), /not there: CREATE DATABASE/);
  const officer = { reason: word("role-missing"), accepted: [word("privacy-officer")] };
  assert.doesNotMatch(line(new OubliError("POLICY_REFUSED", officer)), /oubli\.as/);
  const gone = Object.assign(new Error("open '/home/ada'"), { code: "ENOENT" });
  assert.equal(
    line(gone),
    "FILE: a file or a folder: there is none of the name that was given (ENOENT)",
  );
});

describe("an error line never repeats what a person is called or said", () => {
  const SECRET = "ada.lovelace@example.org";
  for (const words of [
    [SECRET],
    ["list", SECRET],
    ["list", "a", SECRET],
    ["list", "a", `--${SECRET}`],
    ["list", "a", `--limit=${SECRET}`],
    ["list", "a", "--category", SECRET],
    ["recall", "ada", SECRET, "--purpose", SECRET],
    ["remember", SECRET, SECRET, "--purpose", "assistant"],
    ["remember", "ada", SECRET, "--purpose", "assistant", "--at", SECRET],
    ["remember", "ada", " ", "--purpose", "assistant", "--speaker", SECRET],
    ["forget", "ada", SECRET],
    ["hold", "place", "ada", "--case", SECRET, "--reason", SECRET],
    ["export", "ada", "--out", `missing/${SECRET}`],
    ["import", "--from", SECRET],
    ["verify", SECRET, "--key", SECRET],
    ["audit", "prove", SECRET, "0"],
    ["init", "--config", SECRET],
  ]) {
    test(words.map((word) => (word.includes(SECRET) ? "…" : word)).join(" "), async () => {
      await using cli = await openWithAda();
      const ran = await cli.oubli(...words);
      assert.notEqual(ran.exit, EXIT.done);
      assert.ok(!`${ran.out}${ran.err}`.includes("lovelace"), ran.err);
      assert.ok(!ran.err.includes("\n"), ran.err);
      assert.match(ran.err, /^[A-Z_]+: \S/);
      assert.ok(!ran.err.startsWith("INTERNAL"), ran.err);
    });
  }

  test("an error of somebody else's is told by its kind alone", () => {
    const { line, exit } = faultOf(new RangeError(`value ${SECRET} is out of range`), null);
    assert.equal(line, "INTERNAL: an unexpected RangeError; this is a fault in Oubli");
    assert.equal(exit, EXIT.error);
  });

  test("a fault in Oubli says where in its files, whatever the message looks like", () => {
    const forged = "no\n    at ada (src/ada-lovelace.ts:1:1)\n    at src/lovelace.ts:2:2";
    const { line, frames } = faultOf(new RangeError(forged), null);
    assert.ok(!line.includes("lovelace"));
    assert.match(frames![0]!, /^  at src[/\\]cli[/\\]usage\.test\.ts:\d+:\d+$/);
    assert.ok(!frames!.join().includes("lovelace"));
  });
});

describe("help", () => {
  test("names every command, and the exit codes", async () => {
    await using cli = await openCli();
    const { out, exit } = await cli.oubli("--help");
    assert.equal(exit, EXIT.done);
    for (const { name } of COMMANDS) assert.ok(out.includes(`  ${name.split(" ")[0]}`), name);
    assert.match(out, /Exit codes: 0 done · 1 error · 2 bad usage/);
  });

  for (const { name, args, flags, summary } of COMMANDS) {
    test(`of ${name} names every argument and flag`, async () => {
      await using cli = await openCli();
      const { out, exit } = await cli.oubli(...name.split(" "), "--help");
      assert.equal(exit, EXIT.done);
      assert.ok(summary.endsWith("."));
      for (const flag of Object.keys(flags)) assert.ok(out.includes(flagName(flag)), flag);
      for (const arg of Object.keys(args)) assert.ok(out.includes(arg), arg);
    });
  }

  test("of import shows both kinds of line, and each of them is imported", async () => {
    await using cli = await openCli();
    await cli.oubli("init");
    const { out } = await cli.oubli("import", "--help");
    const shown = out.split("\n").filter((line) => /^ +[{"]/.test(line));
    const lines = [shown[0]!, shown.slice(1).join("")].map((line) => line.trim());
    await writeFile(cli.path("lines.jsonl"), lines.join("\n"));
    const ran = await cli.oubli("import", "--from", "lines.jsonl", "--consent-version", "v1");
    assert.equal(ran.out, "Imported 2 memories from 2 lines.");
  });

  test("the version is the package's", async () => {
    await using cli = await openCli();
    assert.match((await cli.oubli("--version")).out, /^\d+\.\d+\.\d+$/);
  });
});
