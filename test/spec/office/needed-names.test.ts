import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test, type TestContext } from "node:test";

import { sqlSource } from "#connectors";
import type { Outcome, TargetAnswer } from "#sources";

import { items, person } from "../../support/source-rules.ts";
import { eraseAda, ledger, officer, withSystems } from "./elsewhere-world.ts";
import { otherSystem } from "./other-system.ts";

const email = "ada@example.org";

/** A shop's orders: those of an account, and those of a guest by their address alone. */
function shop(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-shop-"));
  const db = new DatabaseSync(join(folder, "app.db"));
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE orders (id INTEGER PRIMARY KEY, account TEXT, email TEXT);
    INSERT INTO orders VALUES (1, 'ada', '${email}'), (2, NULL, '${email}'), (3, 'bob', 'b@b.example')`);
  const identity = { account: "externalId", email: "email" };
  const orders = { identity, category: "commerce", erase: "delete", access: ["id"] } as const;
  const url = `sqlite:${join(folder, "app.db")}`;
  const source = sqlSource({ name: "shop", url, tables: { orders } });
  t.after(async () => {
    db.close();
    await source.close?.();
    rmSync(folder, { recursive: true });
  });
  const left = () =>
    db
      .prepare("SELECT id FROM orders ORDER BY id")
      .all()
      .map(({ id }) => id);
  return { source, left };
}

const call = () => ({ request: "r1", signal: AbortSignal.timeout(20_000) });

describe("B4: an erasure knows the names that other systems need", () => {
  test("without one it is refused before anything is destroyed, naming system and identifier", async () => {
    const { oubli, ada } = await withSystems([otherSystem("crm", { identifiers: ["email"] })]);
    const details = {
      checks: ["crm"],
      codes: ["identifier-missing"],
      grounds: ["email"],
    };
    await assert.rejects(eraseAda(oubli), { code: "ERASURE_BLOCKED", details });
    assert.equal((await ada.session({ purpose: "assistant" }).recall("tea")).nodes.length, 1);
    assert.deepEqual(await officer(oubli).sources.erasures(), []);
    const { targets } = await eraseAda(oubli, { identifiers: { email: "" } });
    assert.equal(targets?.complete, true);
    await oubli.close();
  });

  test("the plan says which, before anybody asks", async () => {
    const { oubli } = await withSystems([otherSystem("crm", { identifiers: ["email"] })]);
    const ada = await officer(oubli).find("ada");
    assert.deepEqual((await ada!.plan()).needs, [{ source: "crm", identifier: "email" }]);
    await oubli.close();
  });

  test("the officer gives an open case what it was begun without, and nobody else does", async (t) => {
    const { source, left } = shop(t);
    // As an older release began it: nothing said what the shop needs.
    const shy = { ...otherSystem("shop"), source: { ...source, identifiers: [] } };
    const { oubli } = await withSystems([shy]);
    await eraseAda(oubli);
    const [open] = await officer(oubli).sources.erasures({ open: true });
    assert.equal(open!.targets[0]!.error, "identifier-missing");
    const given = { identifiers: { email } };
    await assert.rejects(oubli.sources.resume(open!.case, given), { code: "POLICY_REFUSED" });
    await officer(oubli).sources.resume(open!.case, given);
    assert.equal((await officer(oubli).sources.erasure(open!.case)).complete, true);
    assert.deepEqual(left(), [3]);
    assert.equal((await ledger(oubli)).includes(email), false);
    await oubli.close();
  });
});

describe("B4: what only another name leads to is not called gone", () => {
  test("a table with two ways to a person is not done by one of them", async (t) => {
    const { source, left } = shop(t);
    const missing = {
      code: "SOURCE_FAILED",
      details: { source: "shop", reason: "identifier-missing" },
    };
    await assert.rejects(source.erase!(person("ada"), call()), missing);
    await assert.rejects(source.verify!(person("ada"), call()), missing);
    assert.deepEqual(left(), [2, 3]);
    await source.erase!(person("ada", { email }), call());
    assert.deepEqual(left(), [3]);
  });

  test("an export gives what the names lead to, and says that it is not all", async (t) => {
    const { source } = shop(t);
    await assert.rejects(items(source, person("ada")), { code: "SOURCE_FAILED" });
    assert.equal((await items(source, person("ada", { email }))).length, 2);
  });

  test("rows that are preserved without a ground and an end are no answer", async () => {
    const kept = { name: "rows", records: 500, strategy: "preserve" } as const;
    for (const one of [kept, { ...kept, ground: "tax-law" }, { ...kept, keepUntil: 9 }]) {
      const outcome = { status: "done", recordsDeleted: 0, collections: [one] } as Outcome;
      const { oubli } = await withSystems([otherSystem("crm", { erase: async () => outcome })]);
      const { targets } = await eraseAda(oubli);
      assert.equal(targets!.targets[0]!.error, "malformed");
      await oubli.close();
    }
  });

  test("what stays without the person, or as it is, is not counted as deleted", async () => {
    const kept = { ground: "tax-law", keepUntil: Date.UTC(2036, 0, 1) };
    const collections = [
      { name: "sessions", records: 10, strategy: "delete" },
      { name: "users", records: 2, strategy: "delete" },
      { name: "invoices", records: 1, strategy: "constant", ...kept },
      { name: "ledger", records: 4, strategy: "preserve", ...kept },
    ];
    const erased = async (recordsDeleted: number) => {
      const outcome = { status: "done", recordsDeleted, collections } as Outcome;
      const { oubli } = await withSystems([
        otherSystem("crm", { erase: async () => outcome, verify: async () => ({ remaining: 0 }) }),
      ]);
      const { targets } = await eraseAda(oubli);
      const said = targets!.certificate!.entry["targets"] as readonly TargetAnswer[];
      await oubli.close();
      assert.deepEqual(
        said[0]!.kept.map(({ records }) => records),
        [1, 4],
      );
      return said[0]!.recordsDeleted;
    };
    assert.equal(await erased(13), 12);
    assert.equal(await erased(12), 12, "of a source that counts only what it destroyed");
  });

  test("what was deleted is not listed among what was kept", async () => {
    const { oubli } = await withSystems([otherSystem("crm")]);
    const { targets } = await eraseAda(oubli);
    assert.deepEqual(targets!.targets[0]!.kept, []);
    await oubli.close();
  });
});
