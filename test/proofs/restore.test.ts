import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";

import { readEntry } from "#audit";
import { openOubli } from "#engine";
import { defineConfig } from "#policy";
import { verifyCertificate } from "#verify";

import {
  openBackedUp,
  OFFICER,
  PURPOSE,
  tell,
  toldBy,
  type BackedUp,
} from "./support/backed-up.ts";
import { ENGINES } from "./support/ground.ts";

async function assertWhole({ oubli }: BackedUp): Promise<void> {
  const faults = (await oubli.audit.check()).flatMap((log) => log.faults);
  assert.deepEqual(faults, []);
}

for (const engine of ENGINES) {
  describe(`${engine}: a restore brings back what was kept, and nothing that was erased`, () => {
    test("with the tail of the ledger from an exported copy, nothing that was erased since comes back", async () => {
      await using life = await openBackedUp(engine);
      const { oubli } = life;
      const [tea, coffee] = await tell(oubli, "ada", "likes tea", "likes coffee");
      await tell(oubli, "bob", "likes rum");
      await tell(oubli, "cleo", "likes milk");
      const { backup } = await oubli.backup(life.backups);
      const ada = await oubli.subject("ada");
      const forgotten = await ada.forget(tea!);
      await ada.self().correct(coffee!, "likes cocoa");
      await (await oubli.subject("bob")).erase();
      await oubli.audit.export(life.path("exported"));

      const { named } = forgotten.entry["backups"] as { named: { backup: string }[] };
      assert.deepEqual(
        named.map((one) => one.backup),
        [backup],
        "its certificate had named the backup",
      );
      const restored = await life.loseAndRestore({ ledger: life.path("exported") });

      assert.ok(restored.tail["ledger"]! > 0 && restored.replayed > 0);
      assert.equal(restored.forked, null);
      assert.deepEqual(await toldBy(life.oubli, "ada"), [], "the correction came after the backup");
      assert.equal(await life.oubli.find("bob"), null);
      assert.deepEqual(await toldBy(life.oubli, "cleo"), ["likes milk"], "control");
      await assertWhole(life);
      assert.equal((await life.oubli.verify(forgotten)).valid, true);
      assert.deepEqual(await life.medium.left(), []);
    });

    test("control: restored past Oubli, without its log, the erased open again", async () => {
      await using life = await openBackedUp(engine);
      const [tea] = await tell(life.oubli, "ada", "likes tea");
      await life.oubli.backup(life.backups);
      await life.restoreElsewhere(async (copy) => {
        assert.deepEqual(await toldBy(copy, "ada"), ["likes tea"], "the backup does hold it");
      });
      await (await life.oubli.subject("ada")).forget(tea!);
      await life.restoreElsewhere(async (copy) => {
        assert.deepEqual(
          await toldBy(copy, "ada"),
          ["likes tea"],
          "and with an old notary, it opens",
        );
      });
    });

    test("with everything that gates read in the lost tail, the rows are again what the ledger tells", async () => {
      await using life = await openBackedUp(engine);
      const { oubli } = life;
      const nodes = await tell(oubli, "ada", "a", "b", "c");
      await tell(oubli, "bob", "x");
      await oubli.backup(life.backups);

      const ada = await oubli.subject("ada");
      const consent = { purpose: "assistant", policyVersion: "v1", mechanism: "signup" };
      await ada.consent.grant(consent);
      await ada.consent.withdraw({ ...consent });
      await ada.consent.grant({ ...consent, purpose: "analytics", ipAddress: "192.0.2.1" });
      const narrow = await ada.hold({ case: "A v B", reason: "litigation", nodes: [nodes[0]!] });
      const over = await ada.hold({ case: "C v D", reason: "litigation" });
      await ada.release(over.id);
      const self = ada.self();
      const kept = await self.restrict({ ground: "accuracy-contested" });
      const lifted = await self.restrict({ ground: "objection", purpose: PURPOSE });
      await ada.lift(lifted.id);
      const { backup } = await oubli.backup(life.backups, { keysOnly: true });
      await oubli.endBackup(backup);
      const others = await tell(
        oubli,
        "bob",
        ...Array.from({ length: 900 }, (_, n) => `many ${n}`),
      );
      await (await oubli.subject("bob")).forget(others);
      await oubli.audit.export(life.path("exported"));
      assert.equal((await oubli.backups()).count, 1);

      const restored = await life.loseAndRestore({ ledger: life.path("exported") });

      assert.ok(restored.tail["ledger"]! >= 12, String(restored.tail["ledger"]));
      await assertWhole(life);
      const again = await life.oubli.subject("ada");
      assert.deepEqual(await again.consent.active(), { analytics: true, assistant: false });
      assert.deepEqual(
        (await again.self().restrictions()).map(({ id }) => id),
        [kept.id],
      );
      const holds = await again.holds();
      assert.deepEqual(
        holds.map(({ id, nodes }) => [id, nodes]),
        [[narrow.id, null]],
        "which nodes it named stands in no log: it holds all",
      );
      await assert.rejects(again.forget(nodes[1]!), { code: "HELD" });
      assert.deepEqual(await toldBy(life.oubli, "bob"), ["x"]);
    });

    test("where the audit database was not lost, the others are brought up to it", async () => {
      await using life = await openBackedUp(engine);
      const [tea] = await tell(life.oubli, "ada", "likes tea", "likes rum");
      await life.oubli.backup(life.backups);
      await (await life.oubli.subject("ada")).forget(tea!);
      await life.lose(["memory", "keys"]);

      const restored = await life.restore({ only: ["memory", "keys"] });
      await life.reopen();

      assert.ok(restored.replayed > 0);
      assert.deepEqual(await toldBy(life.oubli, "ada"), ["likes rum"]);
      await assertWhole(life);
    });
  });

  describe(`${engine}: a lost tail of the log is never passed over in silence`, () => {
    test("without the tail, nothing is restored", async () => {
      await using life = await openBackedUp(engine);
      await tell(life.oubli, "ada", "likes tea");
      await life.oubli.backup(life.backups);
      await tell(life.oubli, "ada", "likes rum");
      await life.lose();

      await assert.rejects(life.restore(), { code: "LOG_FORKED" });

      assert.ok(await life.medium.isEmpty());
    });

    test("a copy of the tail that ends too soon, or was changed, is refused", async () => {
      await using life = await openBackedUp(engine);
      const { oubli } = life;
      const [tea] = await tell(oubli, "ada", "likes tea");
      await oubli.backup(life.backups);
      await oubli.audit.export(life.path("early"));
      await (await oubli.subject("ada")).forget(tea!);
      await oubli.audit.export(life.path("exported"));
      await life.lose();

      await assert.rejects(life.restore({ ledger: life.path("early") }), { code: "LOG_FORKED" });
      await life.flip(join(life.path("exported"), "ledger", "tile", "entries"), "last");
      await assert.rejects(life.restore({ ledger: life.path("exported") }), {
        code: /LOG_FORKED|BACKUP_DAMAGED/,
      });
      assert.ok(await life.medium.isEmpty());
    });

    test("given up, it goes on under a new name, says so in the ledger, and what was erased in it is erased again", async () => {
      await using life = await openBackedUp(engine);
      const { oubli } = life;
      const [tea] = await tell(oubli, "ada", "likes tea", "likes rum");
      await tell(oubli, "bob", "likes milk");
      await oubli.backup(life.backups);
      const oldKey = oubli.audit.verifierKey("ledger");
      const [ada, bob] = [await oubli.subject("ada"), await oubli.subject("bob")];
      const late = await oubli.subject("late");
      const certificate = await ada.forget(tea!);
      await bob.erase();

      const erased = [
        { subject: ada.id, nodes: [tea!] },
        { subject: bob.id },
        { subject: late.id },
      ];
      const fork = { reason: "disk-lost", erased };
      const restored = await life.loseAndRestore({ fork });

      assert.deepEqual(restored.erased, { done: 2, absent: 1 });
      assert.deepEqual(await toldBy(life.oubli, "ada"), ["likes rum"]);
      assert.equal(await life.oubli.find("bob"), null);
      const newKey = life.oubli.audit.verifierKey("ledger");
      assert.notEqual(newKey, oldKey);
      assert.match(newKey, /\/ledger\/fork-1\+/);
      const kept = restored.ledger;
      const entry = readEntry((await life.oubli.audit.entry("ledger", kept))!);
      assert.equal(entry.t, "fork");
      assert.equal(entry["reason"], "disk-lost");
      assert.equal(restored.forked?.find(({ log }) => log === "ledger")?.kept, kept);
      await assertWhole(life);
      assert.equal((await life.oubli.verify(certificate)).valid, true, "it was signed, once");
      assert.equal((await verifyCertificate(certificate.json, newKey)).valid, false);

      await life.oubli.backup(life.path("later"));
      const again = await life.loseAndRestore({ from: life.path("later") });
      assert.equal(again.forked, null, "a backup of the new history needs no further fork");
      await life.lose();
      await assert.rejects(life.restore(), { code: "LOG_FORKED" }, "one of the old one does");
      await life.restore({ fork: { reason: "disk-lost", erased } });
      await life.reopen();
      assert.match(life.oubli.audit.verifierKey("ledger"), /\/ledger\/fork-2\+/);
      await assertWhole(life);
    });
  });

  describe(`${engine}: the keys of a backup`, () => {
    test("open nothing once their epoch has ended, and then nothing is restored", async () => {
      await using life = await openBackedUp(engine);
      const { oubli } = life;
      const [tea] = await tell(oubli, "ada", "likes tea", "likes rum");
      await oubli.backup(life.backups);
      await (await oubli.subject("ada")).forget(tea!);
      await oubli.rotate();
      await oubli.audit.export(life.path("exported"));
      await life.lose();
      const ledger = life.path("exported");

      await assert.rejects(life.restore({ ledger }), { code: "BACKUP_KEYS_ENDED" });
      assert.ok(await life.medium.isEmpty());
    });

    test("taken again after the epoch ended, they open the older backup's memories", async () => {
      await using life = await openBackedUp(engine);
      const { oubli } = life;
      const [tea] = await tell(oubli, "ada", "likes tea", "likes rum");
      await oubli.backup(life.backups);
      await (await oubli.subject("ada")).forget(tea!);
      await oubli.rotate();
      const keys = await oubli.backup(life.backups, { keysOnly: true });
      await oubli.audit.export(life.path("exported"));

      const restored = await life.loseAndRestore({ ledger: life.path("exported") });

      assert.equal(restored.keys, keys.backup, "the newest of the folder");
      assert.deepEqual(await toldBy(life.oubli, "ada"), ["likes rum"]);
      await assertWhole(life);
    });

    test("lost alone, they come back from their own snapshot; told since then is lost", async () => {
      await using life = await openBackedUp(engine);
      await tell(life.oubli, "ada", "before");
      await life.oubli.backup(life.backups, { keysOnly: true });
      await tell(life.oubli, "ada", "after");
      await life.lose(["keys"]);

      await life.restore({ only: ["keys"] });
      await life.reopen();

      assert.deepEqual(await toldBy(life.oubli, "ada"), ["before"]);
    });
  });

  describe(`${engine}: a restore touches nothing that it may not`, () => {
    test("a store that is there stays, unless it is told to replace it, and nobody has it open", async () => {
      await using life = await openBackedUp(engine);
      await tell(life.oubli, "ada", "likes tea");
      await life.oubli.backup(life.backups);

      await assert.rejects(life.restore(), { code: "RESTORE_OCCUPIED" });
      await assert.rejects(life.restore({ replace: true }), { code: "STORE_BUSY" });
      assert.deepEqual(await toldBy(life.oubli, "ada"), ["likes tea"], "it is as it was, and open");

      await life.oubli.audit.export(life.path("exported"));
      await life.oubli.close();
      await life.restore({ replace: true, ledger: life.path("exported") });
      await life.reopen();
      assert.deepEqual(await toldBy(life.oubli, "ada"), ["likes tea"]);
    });

    test("another installation's backup is foreign", async () => {
      await using life = await openBackedUp(engine);
      await using other = await openBackedUp(engine);
      await tell(other.oubli, "ada", "likes tea");
      await other.oubli.backup(other.backups);
      await tell(life.oubli, "ada", "likes tea");
      await life.oubli.backup(life.backups);
      await life.lose();

      await assert.rejects(life.restore({ from: other.backups }), { code: "BACKUP_FOREIGN" });
      assert.ok(await life.medium.isEmpty());
    });

    test("without the root, and the notary in it, nothing is restored", async () => {
      await using life = await openBackedUp(engine);
      await tell(life.oubli, "ada", "likes tea");
      await life.oubli.backup(life.backups);
      await life.lose();
      await rm(life.path("root"), { recursive: true });

      await assert.rejects(life.restore(), { code: "ROOT_MISSING" });
    });
  });
}

test("another region's backup is foreign", async () => {
  await using life = await openBackedUp();
  await life.oubli.backup(life.backups);
  const [us] = Object.values(life.config.regions);
  const region = { ...us!, store: `sqlite:${life.path("us")}`, root: life.path("us-root") };
  const config = defineConfig({ regions: { us: region } as never });
  const american = await openOubli(config, { sweep: "manual", actor: OFFICER });
  await american.close();
  await rm(life.path("us"), { recursive: true });

  await assert.rejects(life.restore({ from: life.backups, config }), { code: "BACKUP_FOREIGN" });
  assert.ok(!existsSync(life.path("us")) || readdirSync(life.path("us")).length === 0);
});
