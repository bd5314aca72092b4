import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";

import { checkLogs, openNotary, type LogFault } from "#audit";
import { openAuditStore, openNotaryStore } from "#store";
import { word } from "#kernel";

import { NOTICE, OFFICER, openOnDisk } from "../spec/world.ts";

// Goal: whoever can write to audit.db cannot change what gates reads without the check finding it.
// Method: a store in which everything happened that moves a gate. Its audit.db is copied, one row
// of the copy is changed past the log, and the check must find that fault, and none without it.

const mood = { ...NOTICE, purpose: "mood", explicit: true };
const newsletter = { ...NOTICE, purpose: "newsletter" };

/** People to whom all of it happened; one erasure is under way. */
async function live(world: Awaited<ReturnType<typeof openOnDisk>>): Promise<void> {
  const { oubli } = world;
  const ada = await oubli.subject("ada");
  const officer = (await oubli.as(OFFICER).find("ada"))!;
  await ada.consent.grant(mood);
  await ada.consent.grant(newsletter);
  const chat = ada.session({ purpose: "support" });
  const said = async (content: string): Promise<string> =>
    (await chat.remember(content, { category: "preference" })).nodes[0]!;
  const [tea, coffee, milk] = [await said("tea"), await said("coffee"), await said("milk")];
  await ada.consent.withdraw(newsletter, { keepOn: "legal-claims" });
  await ada.restrict({ ground: "accuracy-contested", purpose: "billing" });
  const lifted = await ada.restrict({ ground: "accuracy-contested" });
  await officer.lift(lifted.id);
  await officer.hold({ case: "case-1", reason: "litigation", nodes: [coffee] });
  const released = await officer.hold({ case: "case-2", reason: "litigation" });
  await officer.release(released.id);
  await officer.correct(milk, "oat milk");
  await ada.forget(tea);

  const bob = await oubli.subject("bob");
  await bob.consent.grant(mood);
  await bob.session({ purpose: "support" }).remember("likes trains", { category: "preference" });
  await bob.erase();
  await oubli.rotate();
  const carl = await oubli.subject("carl");
  await carl.session({ purpose: "support" }).remember("likes boats", { category: "preference" });
  await carl.erase();

  world.spoil(
    "memory",
    "CREATE TRIGGER stuck BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'stuck'); END",
  );
  await assert.rejects(ada.forget(milk));
}

const place = mkdtempSync(join(tmpdir(), "oubli-gate-rows-"));
const original = join(place, "audit.db");
const notaryFile = join(place, "notary.db");

before(async () => {
  await using world = await openOnDisk();
  await live(world);
  for (const [file, copy] of [
    ["data/audit.db", original],
    ["root/notary.db", notaryFile],
  ] as const) {
    using sql = new DatabaseSync(join(world.folder, file));
    sql.exec(`VACUUM INTO '${copy}'`);
  }
});
after(() => rmSync(place, { recursive: true }));

async function faultsAfter(edit: string): Promise<readonly LogFault[]> {
  const file = join(mkdtempSync(join(place, "copy-")), "audit.db");
  copyFileSync(original, file);
  const changed = change(file, edit);
  assert.ok(edit === "" || changed > 0, "control: the edit changes a row");
  const [store, notaryStore] = [openAuditStore(file), openNotaryStore(notaryFile)];
  const notary = await openNotary(notaryStore, word("eu"));
  const [access, ledger] = await checkLogs(store, notary);
  await Promise.all([store.close(), notaryStore.close()]);
  assert.deepEqual(access!.faults, []);
  return ledger!.faults;
}

/** Drops the triggers, as someone without scruples would, and runs a statement. */
function change(file: string, edit: string): number {
  using sql = new DatabaseSync(file);
  const triggers = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const { name } of triggers) sql.exec(`DROP TRIGGER ${String(name)}`);
  return edit === "" ? 0 : Number(sql.prepare(edit).run().changes);
}

const DORA = "sub_AAAAAAAAAAAAAAAAAAAAAA";
const grantOf = (subject: string) =>
  `INSERT INTO consent SELECT ${subject}, purpose, collected_at + 1, 0, 'con_AAAAAAAAAAAAAAAAAAAAAA',
    1, 1, NULL, policy_version, mechanism, language FROM consent LIMIT 1`;

const EDITS: Readonly<Record<string, [fault: LogFault["fault"], edit: string]>> = {
  "a consent is inserted": ["consent-changed", grantOf("subject_id")],
  "a consent is inserted for someone the ledger never named": [
    "consent-changed",
    grantOf(`'${DORA}'`),
  ],
  "a consent is there twice, under the same id": [
    "consent-changed",
    `INSERT INTO consent SELECT subject_id, purpose, collected_at, idx + 100, consent_id, granted,
      explicit, valid_until, policy_version, mechanism, language FROM consent LIMIT 1`,
  ],
  "a withdrawal is deleted": ["consent-changed", "DELETE FROM consent WHERE granted = 0"],
  "a withdrawal is made a grant": [
    "consent-changed",
    "UPDATE consent SET granted = 1 WHERE granted = 0",
  ],
  "a consent is made explicit": [
    "consent-changed",
    "UPDATE consent SET explicit = 1 WHERE purpose = 'newsletter'",
  ],
  "a consent is made to last": ["consent-changed", "UPDATE consent SET valid_until = 1e15"],
  "a consent is moved to another purpose": [
    "consent-changed",
    "UPDATE consent SET purpose = 'support' WHERE purpose = 'mood'",
  ],
  "a restriction is dropped": [
    "restriction-changed",
    "DELETE FROM restriction WHERE purpose = 'billing'",
  ],
  "the restriction that a withdrawal left is dropped": [
    "restriction-changed",
    "DELETE FROM restriction WHERE purpose = 'newsletter'",
  ],
  "a restriction is narrowed to another purpose": [
    "restriction-changed",
    "UPDATE restriction SET purpose = 'mood' WHERE purpose = 'billing'",
  ],
  "a hold is dropped": ["hold-changed", "DELETE FROM hold"],
  "a hold is moved to other nodes": [
    "hold-changed",
    `UPDATE hold SET nodes = '["node_AAAAAAAAAAAAAAAAAAAAAA"]'`,
  ],
  "a hold is narrowed to a category": ["hold-changed", "UPDATE hold SET category = 'account'"],
  "a hold is made up": [
    "hold-changed",
    "INSERT INTO hold SELECT subject_id, 'hold_A', case_code, reason, NULL, NULL, NULL, since FROM hold",
  ],
  "a pending erasure is dropped": [
    "erasure-changed",
    "DELETE FROM erasure WHERE stage = 'pending'",
  ],
  "a pending erasure loses a node": [
    "erasure-changed",
    "UPDATE erasure SET nodes = '[]' WHERE stage = 'pending'",
  ],
  "a pending erasure is called executed": [
    "erasure-changed",
    "UPDATE erasure SET stage = 'executed', epoch = 2 WHERE stage = 'pending'",
  ],
  "an erasure began at another time, and so its fences end sooner": [
    "erasure-changed",
    "UPDATE erasure SET started_at = 0 WHERE stage = 'pending'",
  ],
  "an erased person is no longer": ["erasure-changed", "DELETE FROM erasure WHERE kind = 'erase'"],
  "an erasure is called final before its epoch ended": [
    "erasure-changed",
    "UPDATE erasure SET stage = 'final', final_idx = 1 WHERE stage = 'executed'",
  ],
  "a node is written to what an erasure held": [
    "erasure-changed",
    `UPDATE erasure SET held = '["node_A"]' WHERE stage = 'final'`,
  ],
  "a gate's number is lowered": ["gate-changed", "UPDATE subject_gate SET seq = seq - 1"],
  "a gate is told that nothing is pending": ["gate-changed", "UPDATE subject_gate SET pending = 0"],
  "a gate is removed": ["gate-changed", "DELETE FROM subject_gate"],
  "the policy's number is lowered": ["policy-changed", "UPDATE policy_state SET seq = 0"],
  "an erasure's plan is no JSON": [
    "rows-damaged",
    "UPDATE erasure SET nodes = '[' WHERE stage = 'pending'",
  ],
};

test("where nobody touched it, every row that gates reads is what the ledger says", async () => {
  assert.deepEqual(await faultsAfter(""), []);
});

test("a head that is called something else is damage, with its table's name", async () => {
  await assert.rejects(faultsAfter("UPDATE audit_head SET log_id = 'x' WHERE log_id = 'ledger'"), {
    code: "STORE_DAMAGED",
    details: { table: "audit_head" },
  });
});

describe("the check of the log finds that", () => {
  for (const [what, [fault, edit]] of Object.entries(EDITS)) {
    test(what, async () => {
      const found = await faultsAfter(edit);
      assert.ok(found.length > 0);
      assert.deepEqual([...new Set(found.map((one) => one.fault))], [fault]);
    });
  }
});
