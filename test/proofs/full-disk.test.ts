import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, type Oubli } from "#engine";
import { isOubliError } from "#kernel";
import { postgres } from "#store";

import { administer, startPostgres, testDatabase } from "../support/postgres.ts";
import { smallDisk, whyNoSmallDisk } from "../support/small-disk.ts";
import { OFFICER, PURPOSE, tell, toldBy } from "./support/backed-up.ts";
import { newPlace } from "./support/residue-world.ts";

// Goal: on a disk that is really full, callers get a clear code, nothing acknowledged is lost,
// nothing is released that the log does not know of; and with room again it goes on.
// Method: a server of one's own, with its data, or one schema's tables, on a disk of some megabytes.

const skip = whyNoSmallDisk() ?? false;

/** How much is told at most before the disk has to have been full. */
const ROUNDS = 400;
const TEXT = "tea ".repeat(2000);

const CODES = new Set([
  "STORE_FULL",
  "STORE_UNAVAILABLE",
  "AUDIT_UNAVAILABLE",
  "OUTCOME_UNKNOWN",
  "STORE_BUSY",
]);

async function openAt(url: string, root: string): Promise<Oubli> {
  const regions = { eu: { jurisdictions: ["*"], store: url, root } };
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
  return openOubli(
    { regions, purposes: { [PURPOSE]: purpose } },
    { sweep: "manual", actor: OFFICER, connectionsMax: 3 },
  );
}

/** Tells until the disk is full; answers what was acknowledged, and the codes of what was not. */
async function tellUntilFull(oubli: Oubli) {
  const acknowledged: string[] = [];
  const codes = new Set<string>();
  for (let at = 0; at < ROUNDS && codes.size === 0; at += 1) {
    const text = `${at} ${TEXT}`;
    try {
      await tell(oubli, "ada", text);
      acknowledged.push(text);
    } catch (error) {
      assert.ok(isOubliError(error), String(error));
      codes.add(error.code);
    }
  }
  return { acknowledged, codes };
}

/** What a recall released, or the code that it failed with. */
async function recalled(oubli: Oubli): Promise<{ released: number; code: string | null }> {
  try {
    const { nodes } = await (
      await oubli.subject("ada")
    )
      .session({ purpose: PURPOSE })
      .recall("tea");
    return { released: nodes.length, code: null };
  } catch (error) {
    assert.ok(isOubliError(error), String(error));
    return { released: 0, code: error.code };
  }
}

async function assertWhole(oubli: Oubli, acknowledged: readonly string[]): Promise<void> {
  const told = new Set(await toldBy(oubli, "ada"));
  assert.deepEqual(
    acknowledged.filter((text) => !told.has(text)).map((text) => text.slice(0, 8)),
    [],
    "nothing acknowledged is lost",
  );
  const faults = (await oubli.audit.check()).flatMap((log) => log.faults);
  assert.deepEqual(faults, []);
}

describe("a disk that is full", { skip }, () => {
  for (const schema of ["audit", "memory", "keys"] as const) {
    test(`under the tables of ${schema}: writes say so, and go on once there is room`, async () => {
      using disk = smallDisk(6);
      await using server = await startPostgres();
      using place = newPlace();
      const { adminUrl, url, login } = await testDatabase(server);
      const { migrate, SCHEMAS } = postgres;
      await migrate({ url: adminUrl, region: "eu", schemas: SCHEMAS, logins: [login] });
      const tables = join(disk.folder, "tables");
      mkdirSync(tables);
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
      chownSync(tables, id("-u"), id("-g"));
      await administer(adminUrl, `CREATE TABLESPACE small LOCATION '${tables}'`);
      const names = { audit: "audit_bytes", memory: "node", keys: "node_key" };
      await administer(
        adminUrl,
        `ALTER TABLE oubli_eu_${schema}.${names[schema]} SET TABLESPACE small`,
      );
      const oubli = await openAt(url, place.root);
      try {
        await tell(oubli, "ada", "first tea");
        disk.fill();
        const { acknowledged, codes } = await tellUntilFull(oubli);
        const code = schema === "audit" ? "AUDIT_UNAVAILABLE" : "STORE_FULL";
        assert.deepEqual([...codes], [code]);
        const read = await recalled(oubli);
        if (schema === "audit") assert.deepEqual(read, { released: 0, code });
        disk.free();
        await assertWhole(oubli, ["first tea", ...acknowledged]);
        await tell(oubli, "ada", "tea again");
        assert.ok((await recalled(oubli)).released > 0);
      } finally {
        await oubli.close();
      }
    });
  }

  test("under all of a server, its log included: it stops, and nothing acknowledged is lost", async () => {
    using disk = smallDisk(160);
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = disk.folder;
    const server = await startPostgres([
      "wal_recycle=off",
      "min_wal_size=32MB",
      "max_wal_size=32MB",
    ]);
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    using place = newPlace();
    try {
      const { adminUrl, url, login } = await testDatabase(server);
      const { migrate, SCHEMAS } = postgres;
      await migrate({ url: adminUrl, region: "eu", schemas: SCHEMAS, logins: [login] });
      let oubli = await openAt(url, place.root);
      await tell(oubli, "ada", "first tea");
      disk.fill();
      const { acknowledged, codes } = await tellUntilFull(oubli);
      assert.ok(codes.size > 0 && [...codes].every((code) => CODES.has(code)), [...codes].join());
      const read = await recalled(oubli);
      assert.ok(read.code === null || CODES.has(read.code), String(read.code));
      await oubli.close().catch(() => {});
      disk.free();
      // It may have stopped by itself, as a server does that cannot write its log.
      await server.kill();
      await server.restart();
      oubli = await openAt(url, place.root);
      await assertWhole(oubli, ["first tea", ...acknowledged]);
      await tell(oubli, "ada", "tea again");
      await oubli.close();
    } finally {
      await server.stop();
    }
  });
});
