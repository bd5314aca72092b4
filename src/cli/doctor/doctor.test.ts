import assert from "node:assert/strict";
import { chmod, readdir, rename, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { ADA_SAID, openCli, openWithAda, type CliWorld } from "../cli-world.test.ts";
import { EXIT, type Exit } from "../command.ts";
import type { Finding, State } from "./finding.ts";

interface Diagnosis {
  readonly exit: Exit;
  readonly states: Readonly<Record<string, State>>;
  readonly evidence: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

async function examine(cli: CliWorld, ...words: readonly string[]): Promise<Diagnosis> {
  const ran = await cli.oubli("doctor", "--json", ...words);
  const { findings } = ran.json<{ findings: Finding[] }>();
  return {
    exit: ran.exit,
    states: Object.fromEntries(findings.map(({ check, state }) => [check, state])),
    evidence: Object.fromEntries(findings.map(({ check, evidence }) => [check, evidence])),
    warnings: findings.filter(({ warning }) => warning).map(({ check }) => check),
  };
}

const brokenIn = ({ states }: Diagnosis): readonly string[] =>
  Object.keys(states).filter((check) => states[check] === "broken");

describe("doctor, on a store that is sound", () => {
  test("finds every promise held, and says what it looked at", async () => {
    await using cli = await openWithAda();
    const found = await examine(cli);
    assert.equal(found.exit, EXIT.done);
    const states = Object.entries(found.states);
    assert.deepEqual(
      states.filter(([, state]) => state !== "held"),
      [],
    );
    for (let number = 1; number <= 10; number += 1) {
      assert.equal(found.states[`invariant-${number}`], "held");
    }
    assert.match(found.evidence["invariant-3"]!, /0 hits before.*0 after; .* found in full$/);
    assert.deepEqual(found.warnings, ["root-volume"]);
  });

  test("takes away what it planted, and leaves everybody else as they were", async () => {
    await using cli = await openWithAda();
    await examine(cli);
    await examine(cli);
    using keys = new DatabaseSync(cli.path("oubli-data", "keys.db"), { readOnly: true });
    const left = (table: string) =>
      (keys.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number }).rows;
    assert.equal(left("directory"), 1);
    assert.equal(left("subject_key"), 1);
    assert.equal(left("node_key"), 3);
    assert.equal((await cli.oubli("audit", "verify")).exit, EXIT.done);
  });

  test("asks no other system about people who are none, whatever names it needs", async () => {
    await using cli = await openWithAda();
    const shop = `import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
      export const config = {
        regions: { default: { jurisdictions: ["*"], store: ${JSON.stringify(`sqlite:${cli.path("oubli-data")}`)} } },
      };
      export const sources = [defineSource({ name: "shop", identifiers: ["email"],
        erase: async () => { throw new Error("asked"); } })];\n`;
    await writeFile(cli.path("oubli.config.mjs"), shop);
    const found = await examine(cli);
    assert.deepEqual([found.exit, brokenIn(found)], [EXIT.done, []]);
    assert.equal((await cli.oubli("sources", "list")).exit, EXIT.done);
  });

  test("prints a table that ends with a count", async () => {
    await using cli = await openWithAda();
    const { out } = await cli.oubli("doctor");
    assert.match(out, /held +invariant-1 +Nothing is released before/);
    assert.match(out, /\n20 held, 0 broken, 0 not checked\.$/);
  });
});

describe("doctor bites", () => {
  test("a byte of the audit log was changed", async () => {
    await using cli = await openWithAda();
    {
      using audit = new DatabaseSync(cli.path("oubli-data", "audit.db"));
      audit.exec("DROP TRIGGER audit_access_no_update");
      audit.exec(`UPDATE audit_access SET entry = CAST(replace(CAST(entry AS TEXT), '"v":1', '"v":2')
        AS BLOB) WHERE idx = 0`);
    }
    const found = await examine(cli);
    assert.equal(found.exit, EXIT.failed);
    assert.deepEqual(brokenIn(found), ["audit-log"]);
    assert.match(found.evidence["audit-log"]!, /entry-changed at access\/0/);
  });

  test("a memory stands in a log file, in any of the ways it may be written", async () => {
    const ways = [
      ADA_SAID[0],
      Buffer.from(ADA_SAID[0]).toString("base64"),
      Buffer.from(ADA_SAID[0], "utf16le"),
      Buffer.from(ADA_SAID[0]).toString("hex"),
    ];
    // Each is a whole look at a store: daily another one.
    const today = ways[new Date().getUTCDate() % ways.length]!;
    for (const content of process.env["OUBLI_THOROUGH"] === "1" ? ways : [today]) {
      await using cli = await openWithAda();
      await writeFile(cli.path("oubli-data", "debug.log"), content);
      const found = await examine(cli, "--subject", "ada");
      assert.equal(found.exit, EXIT.failed);
      assert.deepEqual(brokenIn(found), ["invariant-3"]);
      assert.match(found.evidence["invariant-3"]!, /the first: node_\S+ as \S+ in .*debug\.log/);
      assert.ok(!found.evidence["invariant-3"]!.includes("bicycle"));
    }
  });

  test("a canary of an earlier run was caught by a log file", async () => {
    await using cli = await openWithAda();
    await writeFile(cli.path("oubli-root", "trace"), "said oublicanaryfirst0a1b", { mode: 0o600 });
    const found = await examine(cli);
    assert.deepEqual(brokenIn(found), ["invariant-3"]);
  });

  test("the root folder is gone: nothing that needs it is called held", async () => {
    await using cli = await openWithAda();
    await rename(cli.path("oubli-root"), cli.path("elsewhere"));
    const found = await examine(cli);
    assert.equal(found.exit, EXIT.failed);
    assert.ok(brokenIn(found).includes("root"));
    assert.equal(found.evidence["opens"], "ROOT_MISSING");
    const held = Object.entries(found.states).filter(([, state]) => state === "held");
    assert.deepEqual(held, [["data-folder", "held"]]);
    assert.ok(!(await readdir(cli.folder)).includes("oubli-root"), "and it is not made anew");
  });

  test("others may read the root keys", { skip: process.platform === "win32" }, async () => {
    await using cli = await openWithAda();
    await chmod(cli.path("oubli-root"), 0o755);
    assert.deepEqual(brokenIn(await examine(cli)), ["root"]);
  });

  test("others may enter the data folder", { skip: process.platform === "win32" }, async () => {
    await using cli = await openWithAda();
    await chmod(cli.path("oubli-data"), 0o755);
    const { out } = await cli.oubli("doctor");
    assert.match(out, /held, but +data-folder .*\n +mode 755; chmod 700 closes it/);
  });

  test("a damaged key keeps an epoch from its end, and what was erased from being final", async () => {
    await using cli = await openWithAda();
    await cli.oubli("forget", "ada", cli.nodes[0]!);
    {
      using keys = new DatabaseSync(cli.path("oubli-data", "keys.db"));
      keys.exec("UPDATE directory SET sealed = zeroblob(60)");
    }
    const rotated = await cli.oubli("keys", "rotate");
    assert.equal(rotated.exit, EXIT.failed);
    assert.match(rotated.out, /has NOT ended: 1 row .*\n.*nothing became final/);
    const found = await examine(cli);
    assert.ok(brokenIn(found).includes("key-epochs"));
    assert.match(found.evidence["key-epochs"]!, /^epoch 1 cannot end: 1 row under it, 1 do not/);
  });

  test("a key came back for a node that the ledger says was erased", async () => {
    await using cli = await openWithAda();
    const row = "SELECT * FROM node_key WHERE node_id = ?";
    using keys = new DatabaseSync(cli.path("oubli-data", "keys.db"));
    const key = keys.prepare(row).get(cli.nodes[0]!) as Record<string, string | Uint8Array>;
    await cli.oubli("forget", "ada", cli.nodes[0]!);
    const marks = Object.keys(key).map(() => "?");
    keys.prepare(`INSERT INTO node_key VALUES (${marks.join()})`).run(...Object.values(key));
    keys.close();
    const found = await examine(cli);
    assert.deepEqual(brokenIn(found), ["invariant-5"]);
    assert.match(found.evidence["invariant-5"]!, /: 1 key left/);
  });

  test("a database file is damaged", async () => {
    await using cli = await openWithAda();
    await writeFile(cli.path("oubli-data", "memory.db"), "no database at all".repeat(99));
    const found = await examine(cli);
    assert.equal(found.exit, EXIT.failed);
    assert.ok(brokenIn(found).includes("integrity"));
    assert.ok(brokenIn(found).includes("opens"));
  });

  test("where there is no store, it says so in one line and calls nothing broken", async () => {
    await using cli = await openCli();
    const ran = await cli.oubli("doctor");
    assert.equal(ran.exit, EXIT.error);
    assert.equal(ran.out, "");
    assert.match(ran.err, /^NO_STORE: .*oubli init$/);
  });

  test("a person who is not there is an error, not a finding", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("doctor", "--subject", "nobody");
    assert.equal(ran.exit, EXIT.error);
    assert.match(ran.err, /^NOT_FOUND/);
  });
});
