import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { openOubli } from "../../../src/index.ts";

const consent = { policyVersion: "v1", mechanism: "signup" };

function place() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-ledger-"));
  const data = join(folder, "data");
  const config = { regions: { eu: { jurisdictions: ["*"], store: `sqlite:${data}` } } };
  const [open, remove] = [() => openOubli(config), () => rmSync(folder, { recursive: true })];
  return { folder, data, open, [Symbol.dispose]: remove };
}

/** What somebody does who may write the files, and has no key. */
function edit(data: string, statement: string): void {
  const sql = new DatabaseSync(join(data, "audit.db"));
  sql.exec(statement);
  sql.close();
}

describe("what counts is the ledger, not a row beside it (GDPR Art. 32(1)(b))", () => {
  for (const statement of ["DELETE FROM erasure", "UPDATE erasure SET stage = 'aborted'"]) {
    test(`old copies of keys and memories do not bring back the erased after: ${statement}`, async () => {
      using at = place();
      const backup = join(at.folder, "backup");
      const oubli = await at.open();
      const ada = await oubli.subject("ada", { consent });
      const { nodes } = await ada.session({ purpose: "assistant" }).remember("likes green tea");
      await oubli.close();
      cpSync(at.data, backup, { recursive: true });
      const again = await at.open();
      await (await again.subjectById(ada.id)).forget(nodes[0]!);
      await again.close();

      for (const name of ["keys.db", "memory.db"]) cpSync(join(backup, name), join(at.data, name));
      edit(at.data, statement);

      await using restored = await at.open();
      const chat = (await restored.subjectById(ada.id)).session({ purpose: "assistant" });
      assert.deepEqual((await chat.recall("green tea")).nodes, []);
    });
  }

  test("a person whose erasure was cut off after a hold's release can still be erased", async () => {
    using at = place();
    await using oubli = await at.open();
    const ada = await oubli.subject("ada", { consent });
    const { nodes } = await ada.session({ purpose: "assistant" }).remember("evidence");
    const officer = oubli.as({ kind: "staff", id: "dpo", roles: ["privacy-officer"] });
    const held = await officer.subjectById(ada.id);
    const hold = await held.hold({ case: "c-1", reason: "litigation" });
    await ada.erase();
    // The release is durable; what it had deferred was never run.
    edit(at.data, `DELETE FROM hold; DELETE FROM erasure_queue`);
    assert.ok(hold.id);
    await ada.forget(nodes[0]!);

    await ada.erase();

    assert.equal(await oubli.find("ada"), null);
    await assert.rejects(ada.erase(), { code: "ZERO_SCOPE" });
  });
});
