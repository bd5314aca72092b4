import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { Oubli } from "#engine";

import { AUDITOR, NOTICE, OFFICER, openOnDisk, openPeople } from "../world.ts";

const acts = { "the application": null, "a person": "subject", "another role": "nurse" } as const;

async function indicesRead(oubli: Oubli, log: "access" | "ledger", size: number) {
  const found: number[] = [];
  for (let index = 0; index < size; index += 1) {
    if ((await oubli.audit.entry(log, index)) !== null) found.push(index);
  }
  return found;
}

async function sizesOf(oubli: Oubli): Promise<Record<string, number>> {
  return Object.fromEntries((await oubli.audit.check()).map(({ log, size }) => [log, size]));
}

describe("entries of the log are for those who oversee (GDPR Art. 32(1)(b))", () => {
  for (const [who, role] of Object.entries(acts)) {
    test(`${who} reads none, in neither log, and the refusal is in it`, async () => {
      await using world = await openPeople();
      const { oubli, ada } = world;
      const { why } = await ada.session({ purpose: "support" }).recall("tea");
      const asked = role === null ? oubli : oubli.as({ kind: "staff", id: "x", roles: [role] });
      const before = (await sizesOf(oubli))["access"]!;
      for (const call of [
        () => asked.audit.entry("access", why.auditIndex),
        () => asked.audit.entry("access", 10_000),
        () => asked.audit.entry("ledger", 0),
        () => asked.audit.export("nowhere"),
      ]) {
        await assert.rejects(call(), { code: "POLICY_REFUSED" });
      }
      assert.equal((await sizesOf(oubli))["access"], before + 4);
      const bytes = await oubli.as(AUDITOR).audit.entry("access", before + 3);
      const { t, verb, reason } = JSON.parse(Buffer.from(bytes!).toString());
      assert.deepEqual([t, verb, reason], ["deny", "audit-export", "role-may-not"]);
    });
  }

  test("a privacy officer reads their own controller's, and those of no other", async () => {
    await using world = await openPeople();
    const { oubli, ada } = world;
    await ada.consent.grant({ purpose: "newsletter", ...NOTICE });
    const other = oubli.tenant("other");
    const eve = await other.subject("eve");
    await eve.consent.grant({ purpose: "newsletter", ...NOTICE });
    const { why } = await eve.session({ purpose: "support" }).recall("tea");
    const { access, ledger } = await sizesOf(oubli);

    const [officer, others] = [oubli.as(OFFICER), other.as(OFFICER)];
    const auditor = oubli.as(AUDITOR);
    const all = await indicesRead(auditor, "ledger", ledger!);
    const own = await indicesRead(officer, "ledger", ledger!);
    const theirs = await indicesRead(others, "ledger", ledger!);
    assert.equal(all.length, ledger);
    assert.equal(own.length, 1);
    assert.equal(theirs.length, 1);
    assert.notDeepEqual(own, theirs);
    assert.equal(await officer.audit.entry("access", why.auditIndex), null);
    assert.notEqual(await others.audit.entry("access", why.auditIndex), null);
    await assert.rejects(officer.audit.export("nowhere"), { code: "POLICY_REFUSED" });
    assert.ok(access! > 0);
  });

  test("everybody may know that it is whole, and that it holds an entry: by hashes alone", async () => {
    await using world = await openPeople();
    const { oubli, ada } = world;
    const { why } = await ada.session({ purpose: "support" }).recall("tea");
    assert.match(await oubli.audit.prove("access", why.auditIndex), /c2sp.org/);
    for (const { faults } of await oubli.audit.check()) assert.deepEqual(faults, []);
  });

  test("whose row was changed past the log is told to the auditor alone", async () => {
    await using world = await openOnDisk();
    const ada = await world.oubli.subject("ada");
    await ada.restrict({ ground: "accuracy-contested" });
    world.spoil("audit", "DELETE FROM restriction");
    const faultsFor = async (oubli: Oubli) =>
      (await oubli.audit.check()).flatMap(({ faults }) => faults);
    const fault = { fault: "restriction-changed", index: 1 };
    assert.deepEqual(await faultsFor(world.oubli), [fault]);
    assert.deepEqual(await faultsFor(world.oubli.as(AUDITOR)), [{ ...fault, subject: ada.id }]);
  });

  test(
    "an export is readable for its owner alone, also over files that were not",
    { skip: process.platform === "win32" },
    async () => {
      await using world = await openOnDisk();
      await (await world.oubli.subject("ada")).restrict({ ground: "accuracy-contested" });
      const folder = join(world.folder, "new", "log");
      const { audit } = world.oubli.as(AUDITOR);
      const modes = () =>
        readdirSync(join(world.folder, "new"), { recursive: true, withFileTypes: true }).map(
          (one) => [one.isFile(), statSync(join(one.parentPath, one.name)).mode & 0o777] as const,
        );
      await audit.export(folder);
      chmodSync(join(folder, "ledger", "checkpoint"), 0o644);
      await audit.export(folder);
      for (const [isFile, mode] of modes()) assert.equal(mode, isFile ? 0o600 : 0o700);
      assert.ok(modes().length > 6);

      const kept = join(world.folder, "kept");
      mkdirSync(kept);
      chmodSync(kept, 0o755);
      await audit.export(kept);
      assert.equal(statSync(kept).mode & 0o777, 0o755, "a folder that was there is its owner's");
    },
  );
});
