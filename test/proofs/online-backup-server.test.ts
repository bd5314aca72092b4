import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { verifyManifest } from "#verify";

import { administer } from "../support/postgres.ts";
import { tell, toldBy } from "./support/backed-up.ts";
import { openOnServer } from "./support/backed-up-server.ts";

// Goal: a backup of a region on a PostgreSQL server is of one moment, whole, and gives nothing away.

const CANARY = "violet-heron-5521";

describe("a backup of a region on a server", () => {
  test("is of one moment while another process corrects, forgets and tells", async () => {
    await using life = await openOnServer();
    const [oubli, writer] = [await life.open(), await life.open()];
    const nodes = await tell(oubli, "ada", ...Array.from({ length: 40 }, (_, n) => `tea ${n}`));
    const ada = await writer.subject("ada");
    const over = new AbortController();
    let corrected = 0;
    const writing = (async () => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        await ada.self().correct(nodes[n % 30]!, `rum ${n}`);
        if (n < 10) await ada.forget(nodes[30 + n]!);
        await tell(writer, `person ${n}`, "milk");
        corrected += 1;
      }
    })();
    try {
      // Beside a writer that is slow there are more of them.
      const isEnough = (made: number): boolean => made >= 12 && (corrected > 5 || made >= 200);
      for (let n = 0; !isEnough(n); n += 1) await oubli.backup(life.backups);
    } finally {
      over.abort();
      await writing;
    }

    assert.ok(corrected > 5, `it was written meanwhile: ${corrected}`);
    for (const backup of life.made()) {
      const of = ({ subject_id: subject, node_id: node, revision }: Record<string, unknown>) =>
        [subject, node, revision].join();
      const keys = new Set(life.rows(backup, "keys", "node_key").map(of));
      const forgotten = new Set(nodes.slice(30));
      const kept = life.rows(backup, "memory", "node");
      const rows = kept.filter((row) => !forgotten.has(row["node_id"] as never)).map(of);
      assert.ok(rows.length >= 30);
      assert.deepEqual(
        rows.filter((row) => !keys.has(row)),
        [],
        "no memory is without its key",
      );
      const ledger = life
        .rows(backup, "audit", "audit_head")
        .find((row) => row["log_id"] === "ledger");
      for (const name of ["memory", "keys"]) {
        const [applied] = life.rows(backup, name, "applied");
        assert.ok(Number(applied!["ledger_index"]) < Number(ledger!["size"]), `${name} is ahead`);
      }
    }
  });

  test("has every file with the size, hash, logs and epoch that its signed manifest names", async () => {
    await using life = await openOnServer();
    const oubli = await life.open();
    await tell(oubli, "ada", "Grüße aus Lützen", "two\nlines", "雪");
    const { backup, epoch, files } = await oubli.backup(life.backups);
    const note = readFileSync(join(life.backups, backup, "manifest.note"), "utf8");
    const result = await verifyManifest(note, oubli.audit.verifierKey("ledger"));
    assert.ok(result.valid);
    const { engine, logs } = result.manifest;
    assert.equal(engine, "postgres");
    assert.deepEqual(logs.map(({ log }) => log).toSorted(), [
      "access",
      "access-1",
      "access-2",
      "access-3",
      "ledger",
    ]);
    for (const { log, size } of logs) {
      const leaves = life
        .rows(backup, "audit", "audit_leaf")
        .filter((row) => row["log_id"] === log);
      assert.equal(leaves.length, size, log);
    }
    assert.equal(epoch, 1);
    assert.equal(files.length, 3);
    for (const { database, size, sha256 } of files) {
      const bytes = life.bytes(backup, database);
      assert.equal(bytes.length, size, database);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256, database);
    }
  });

  test("gives nothing away, and has no key of what was forgotten before it", async () => {
    await using life = await openOnServer();
    const oubli = await life.open();
    const [kept, gone] = await tell(oubli, CANARY, `${CANARY} kept`, `${CANARY} gone`);
    await (await oubli.subject(CANARY)).forget(gone!);
    const { backup } = await oubli.backup(life.backups);
    for (const name of ["memory", "keys", "audit"]) {
      const bytes = life.bytes(backup, name);
      for (const form of [CANARY, hex(CANARY), Buffer.from(CANARY).toString("base64")]) {
        assert.ok(!bytes.includes(form), `${name}: ${form}`);
      }
    }
    const nodes = life.rows(backup, "keys", "node_key").map((row) => row["node_id"]);
    assert.deepEqual(nodes, [kept], "control: the other's key is in it");
  });

  test("loses nothing: its rows in new schemas open, and both logs are whole", async () => {
    await using life = await openOnServer();
    const oubli = await life.open();
    const texts = ['it\'s \\ "quoted"', "two\nlines", "Grüße, 雪"];
    const [, , snow] = await tell(oubli, "ada", ...texts, "gone");
    await (await oubli.subject("ada")).self().correct(snow!, "Grüße");
    await tell(oubli, "bob", "rum");
    await (await oubli.subject("bob")).erase();
    await oubli.rotate();
    const { backup } = await oubli.backup(life.backups);
    await life.loadElsewhere(backup, async (copy) => {
      assert.deepEqual(
        await toldBy(copy, "ada"),
        [...texts.slice(0, 2), "Grüße", "gone"].toSorted(),
      );
      assert.equal(await copy.find("bob"), null);
      const faults = (await copy.audit.check()).flatMap((log) => log.faults);
      assert.deepEqual(faults, []);
    });
  });

  test("takes the keys alone", async () => {
    await using life = await openOnServer();
    const oubli = await life.open();
    await tell(oubli, "ada", "tea");
    const { files } = await oubli.backup(life.backups, { keysOnly: true });
    assert.deepEqual(
      files.map(({ name }) => name),
      ["keys.snapshot"],
    );
  });

  test("is named by the certificate of what was erased since", async () => {
    await using life = await openOnServer();
    const oubli = await life.open();
    const [tea] = await tell(oubli, "ada", "tea");
    const { backup } = await oubli.backup(life.backups);
    const { entry } = await (await oubli.subject("ada")).forget(tea!);
    const { named } = entry["backups"] as { named: { backup: string }[] };
    assert.deepEqual(
      named.map((one) => one.backup),
      [backup],
    );
  });

  test("that the server refuses on the way leaves no folder, and no certificate names it", async () => {
    await using life = await openOnServer();
    const oubli = await life.open();
    await tell(oubli, "ada", "tea");
    await administer(life.adminUrl, 'REVOKE SELECT ON oubli_eu_keys.tag_key FROM "oubli_eu_keys"');
    await assert.rejects(oubli.backup(life.backups), { code: "CONFIG_INVALID" });
    assert.deepEqual(life.made(), []);
    assert.equal((await oubli.backups()).count, 0);
  });
});

const hex = (text: string): string => Buffer.from(text).toString("hex");
