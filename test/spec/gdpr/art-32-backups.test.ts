import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";

import { readEntry } from "#audit";
import { openOubli, openTestOubli } from "#engine";
import { DAY_MS, randomIds, type EpochMs } from "#kernel";
import { defineConfig } from "#policy";

import { openBackedUp, OFFICER, tell, type BackedUp } from "../../proofs/support/backed-up.ts";

interface Told {
  readonly count: number;
  readonly until: number | null;
  readonly named: readonly { readonly backup: string; readonly endsAt: number }[];
}

describe("GDPR Art. 17, 32(1)(c): an erasure's certificate says which backups may still hold what was erased", () => {
  test("each that was made before and has not ended, with its end; the final certificate too", async () => {
    await using life = await openBackedUp();
    const { oubli } = life;
    const [tea, rum] = await tell(oubli, "ada", "likes tea", "likes rum");
    const ada = await oubli.subject("ada");
    assert.deepEqual(told((await ada.forget(tea!)).entry), { count: 0, named: [], until: null });

    const ends = Date.now() + 9 * DAY_MS;
    const full = await oubli.backup(life.backups, { ends });
    const keys = await oubli.backup(life.backups, { keysOnly: true, ends: ends - DAY_MS });
    const { erasure, entry } = await ada.forget(rum!);
    assert.deepEqual(
      told(entry).named.map(({ backup }) => backup),
      [full.backup, keys.backup],
    );
    assert.equal(told(entry).until, ends);
    await oubli.backup(life.backups);
    assert.equal(told((await oubli.certificate(ada.id, erasure)).entry).count, 2, "made before it");

    await oubli.rotate();
    const final = await oubli.certificate(ada.id, erasure);
    assert.equal(final.stage, "final");
    assert.equal(told(final.entry).count, 3);
  });

  test("one that was destroyed is named no more, and the ledger says when it was", async () => {
    await using life = await openBackedUp();
    const { oubli } = life;
    const [tea] = await tell(oubli, "ada", "likes tea");
    const { backup, ledger } = await oubli.backup(life.backups);
    await oubli.endBackup(backup);
    await assert.rejects(oubli.endBackup(backup), { code: "NOT_FOUND" });
    await assert.rejects(oubli.endBackup(randomIds.next("backup")), { code: "NOT_FOUND" });

    const certificate = await (await oubli.subject("ada")).forget(tea!);
    assert.equal(told(certificate.entry).count, 0);
    const entries = await Promise.all(
      [ledger - 1, ledger].map(async (at) => readEntry((await oubli.audit.entry("ledger", at))!)),
    );
    assert.deepEqual(
      entries.map(({ t, backup: which }) => [t, which]),
      [
        ["backup.made", backup],
        ["backup.ended", backup],
      ],
    );
  });

  test("who does not run the store makes no copy, declares none destroyed, and ends no epoch", async () => {
    await using life = await openBackedUp();
    const { backup } = await life.oubli.backup(life.backups);
    for (const roles of [[], ["agent"], ["auditor"]]) {
      const other = life.oubli.as({ kind: "agent", id: "helper", roles });
      await assert.rejects(other.backup(life.backups), { code: "POLICY_REFUSED" });
      await assert.rejects(other.endBackup(backup), { code: "POLICY_REFUSED" });
      await assert.rejects(other.rotate(), { code: "POLICY_REFUSED" });
    }
    assert.deepEqual((await life.oubli.backups()).count, 1);
  });

  test("of copies of the keys, kept by number, the older ones are destroyed, and named no more", async () => {
    await using life = await openBackedUp();
    const { oubli, backups } = life;
    const [tea] = await tell(oubli, "ada", "likes tea");
    const full = await oubli.backup(backups);
    const made = [];
    for (const keep of [undefined, undefined, 2, 2]) {
      made.push(await oubli.backup(backups, { keysOnly: true, keep }));
    }
    await assert.rejects(oubli.backup(new PassThrough(), { keep: 2 }), { code: "INPUT_INVALID" });
    const [first, second, third, last] = made.map(({ backup }) => backup);
    assert.deepEqual(
      made.map(({ ended }) => ended),
      [[], [], [first], [second]],
    );
    const left = readdirSync(backups).toSorted();
    assert.deepEqual(left, [full.backup, third, last].toSorted());
    const certificate = await (await oubli.subject("ada")).forget(tea!);
    const { named } = told(certificate.entry);
    assert.deepEqual(named.map(({ backup }) => backup).toSorted(), left);
  });

  test("one whose end has come is named no more", async () => {
    await using life = await openBackedUp();
    await life.oubli.close();
    let now = Date.now();
    const clock = { now: () => now as EpochMs };
    life.oubli = await openOubli(life.config, { sweep: "manual", actor: OFFICER, clock });
    const [tea] = await tell(life.oubli, "ada", "likes tea");
    await life.oubli.backup(life.backups, { ends: now + DAY_MS });
    assert.equal((await life.oubli.backups()).count, 1);
    now += DAY_MS;

    const certificate = await (await life.oubli.subject("ada")).forget(tea!);
    assert.equal(told(certificate.entry).count, 0);
    assert.equal((await life.oubli.backups()).count, 0);
  });

  test("one that failed is ended at once, and leaves nothing behind", async () => {
    await using life = await openBackedUp();
    await tell(life.oubli, "ada", "likes tea");
    const { Writable } = await import("node:stream");
    const broken = new Writable({ write: (_chunk, _, done) => done(new Error("gone")) });
    broken.on("error", () => {});

    await assert.rejects(life.oubli.backup(broken), { code: "STORE_UNAVAILABLE" });

    assert.equal((await life.oubli.backups()).count, 0);
  });
});

describe("a backup stays in its region, with a host under contract", () => {
  test("one that would leave its region is refused, logged, and not begun", async () => {
    await using life = await openBackedUp();
    await refused(life, { region: "us" }, { guard: "region", from: "eu", to: "us" });
    const [last] = (await life.oubli.audit.check()).map(({ size }) => size);
    const entry = readEntry((await life.oubli.audit.entry("access", last! - 1))!);
    assert.deepEqual([entry.t, entry["reason"]], ["deny", "transfer-not-authorised"]);
    assert.equal((await life.oubli.backups()).count, 0);
  });

  test("a host without a contract on record, or whose contract is over, gets none", async () => {
    await using life = await openBackedUp();
    await life.oubli.close();
    for (const [hosts, expires, reason] of [
      [{ backup: null }, undefined, "host-unnamed"],
      [{ backup: "vaults" }, "2020-02-01", "dpa-not-in-force"],
    ] as const) {
      life.oubli = await openWithHost(life, hosts, expires);
      await refused(life, {}, { guard: "contract", reason });
      await life.oubli.close();
    }
    life.oubli = await openWithHost(life, { backup: "vaults" });
    await life.oubli.backup(life.backups);
  });

  test("in a region that HIPAA covers, the host needs a business associate agreement", async () => {
    await using life = await openBackedUp();
    await life.oubli.close();
    life.oubli = await openWithHost(life, { backup: "vaults" }, undefined, true);
    await refused(life, {}, { guard: "contract", reason: "baa-missing" });
  });

  test("a store in memory has no backups", async () => {
    await using oubli = await openTestOubli();
    await assert.rejects(oubli.backup("backups"), { code: "BACKUP_UNSUPPORTED" });
  });
});

function told(entry: { readonly [fact: string]: unknown }): Told {
  return entry["backups"] as Told;
}

async function refused(life: BackedUp, options: object, details: object): Promise<void> {
  await assert.rejects(life.oubli.backup(life.backups, options), (error: never) => {
    const { code, details: given } = error as { code: string; details: object };
    assert.equal(code, "PROCESSOR_REFUSED");
    assert.deepEqual({ ...given, ...details }, given);
    return true;
  });
  assert.ok(!existsSync(life.backups), "nothing was begun");
}

function openWithHost(
  life: BackedUp,
  hosts: { readonly backup: string | null },
  expires?: string,
  hipaaCovered = false,
) {
  const { store, root } = life.config.regions["eu"]!;
  const dpa = { signed: "2020-01-01", document: "DPA-1", ...(expires && { expires }) };
  const config = defineConfig({
    regions: { eu: { jurisdictions: ["DE"], store, root: root!, hosts, hipaaCovered } },
    processors: {
      vaults: {
        role: "infrastructure",
        region: "eu",
        country: "DE",
        dpa,
        trainsOnData: false,
        retention: "30 days",
      },
    },
  });
  return openOubli(config, { sweep: "manual", actor: OFFICER });
}
