import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import type { LogCheck } from "#audit";

import { openWithAda, type CliWorld } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

interface Verified {
  readonly whole: boolean;
  readonly logs: readonly LogCheck[];
}

/** What somebody with the file and with SQL could do. */
function tamper(cli: CliWorld, sql: string): void {
  using database = new DatabaseSync(cli.path("oubli-data", "audit.db"));
  const triggers = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .all() as { name: string }[];
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  assert.ok(database.prepare(sql).run().changes > 0, "the test changes something");
}

/** Another last character, still JSON. */
const EDIT = "entry = CAST(replace(CAST(entry AS TEXT), 'preference', 'preferencf') AS BLOB)";

describe("audit verify", () => {
  test("finds every entry of both logs as it was written", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("audit", "verify");
    assert.equal(ran.exit, EXIT.done);
    assert.match(ran.out, /^access: whole: \d+ entries, \d+ checked\nledger: whole: 2 entries/);
  });

  test("prints the keys that an auditor needs, which check what is exported", async () => {
    await using cli = await openWithAda();
    const { out } = await cli.oubli("audit", "verify");
    const key = /^Verifier key of ledger: (\S.*)$/m.exec(out)![1]!;
    const { logs } = (await cli.oubli("audit", "verify", "--json")).json<{
      logs: { log: string; verifierKey: string }[];
    }>();
    assert.equal(logs.find(({ log }) => log === "ledger")!.verifierKey, key);
    await cli.oubli("audit", "export", "log");
    const checked = await cli.oubli("verify", "--log", "log/ledger", "--key", key);
    assert.equal(checked.exit, EXIT.done);
  });

  test("finds an entry whose bytes were changed, and says where", async () => {
    await using cli = await openWithAda();
    tamper(cli, `UPDATE audit_access SET ${EDIT} WHERE idx = 1`);
    const ran = await cli.oubli("audit", "verify");
    assert.equal(ran.exit, EXIT.failed);
    assert.match(ran.out, /access: BROKEN: .*\n {2}access\/1: entry-changed/);
    const { whole } = (await cli.oubli("audit", "verify", "--json")).json<Verified>();
    assert.equal(whole, false);
  });

  test("finds a leaf that was put in another's place", async () => {
    await using cli = await openWithAda();
    tamper(cli, "UPDATE audit_ledger SET leaf_hash = zeroblob(32) WHERE idx = 1");
    const ran = await cli.oubli("audit", "verify");
    // The store itself refuses a log that its notary would not sign.
    assert.ok(ran.exit === EXIT.failed || ran.err.startsWith("LOG_FORKED: "), ran.err);
  });
});

describe("audit verify --from", () => {
  test("checks only what comes after, and finds what was changed there", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("audit", "verify", "--from", "1", "--json");
    assert.equal(ran.exit, EXIT.done);
    for (const { size, checked } of ran.json<Verified>().logs) assert.equal(checked, size - 1);

    tamper(cli, `UPDATE audit_access SET ${EDIT} WHERE idx = 1`);
    const at = async (from: string) =>
      (await cli.oubli("audit", "verify", "--from", from, "--json")).json<Verified>();
    const access = (await at("1")).logs.find(({ log }) => log === "access")!;
    assert.deepEqual(access.faults, [{ fault: "entry-changed", index: 1 }]);
    assert.equal((await at("2")).whole, true, "it says itself that it looks no further back");
  });

  test("beyond the end there is nothing to check, and the signature still holds", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("audit", "verify", "--from", "100000", "--json");
    assert.equal(ran.json<Verified>().whole, true);
  });
});
