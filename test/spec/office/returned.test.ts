import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { openOubli, openTestOubli } from "#engine";

import { eraseAda, officer, withSystems } from "./elsewhere-world.ts";
import { otherSystem, type OtherSystem } from "./other-system.ts";

const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;

/** Ada is erased here, and registered anew before a system that was down could be asked again. */
async function cameBack(crm: OtherSystem) {
  const { oubli } = await withSystems([crm]);
  crm.fault = "down";
  await eraseAda(oubli);
  crm.rows.delete("ada");
  oubli.clock.advance({ days: 1 });
  const { id } = await oubli.subject("ada");
  crm.rows.set("ada", 1);
  crm.fault = null;
  return { oubli, office: officer(oubli), id };
}

/** A system that serves two regions; Ada is erased in the first. */
async function regions(t: TestContext, crm: OtherSystem) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-returned-"));
  const region = (name: string, jurisdiction: string) => ({
    jurisdictions: [jurisdiction],
    store: `sqlite:${folder}/${name}`,
    root: `${folder}/root-${name}`,
  });
  const config = { regions: { eu: region("eu", "DE"), us: region("us", "US") } };
  const oubli = await openOubli(config, { sources: [crm.source], sweep: "manual" });
  t.after(async () => {
    await oubli.close();
    rmSync(folder, { recursive: true });
  });
  const [eu, us] = [await oubli.region("eu"), await oubli.region("us")];
  await eu.subject("ada");
  return { office: eu.as(OFFICER), us };
}

describe("B4: who registers anew is not erased again", () => {
  test("a retry leaves their new rows, and says why it waits", async () => {
    const crm = otherSystem("crm");
    const { oubli, office } = await cameBack(crm);
    await office.sources.resume();
    const [report] = await office.sources.erasures();
    assert.deepEqual([report!.complete, report!.targets[0]!.error], [false, "returned"]);
    assert.equal(crm.rows.get("ada"), 1);
    await oubli.close();
  });

  test("the officer's word ends it, though a look finds the new rows", async () => {
    const crm = otherSystem("crm");
    const { oubli, office } = await cameBack(crm);
    await office.sources.resume();
    const [open] = await office.sources.erasures();
    const said = { case: open!.case, target: "crm" };
    const { complete, targets } = await office.sources.confirm(said);
    assert.deepEqual([complete, targets[0]!.manual, targets[0]!.verified], [true, true, false]);
    assert.equal(crm.rows.get("ada"), 1);
    await oubli.close();
  });

  test("once they are erased, too, what waited goes on", async () => {
    const crm = otherSystem("crm");
    const { oubli, office } = await cameBack(crm);
    await office.sources.resume();
    await eraseAda(oubli);
    oubli.clock.advance({ days: 1 });
    await office.sources.resume();
    assert.deepEqual(await office.sources.erasures({ open: true }), []);
    await oubli.close();
  });

  test("where a region is closed in which they may be, a retry waits", async () => {
    const crm = otherSystem("crm");
    const regions = {
      eu: { jurisdictions: ["EEA"], store: "sqlite::memory:" },
      us: { jurisdictions: ["US"], store: "sqlite:./other" },
    };
    const oubli = await openTestOubli({ regions }, { sources: [crm.source] });
    await oubli.subject("ada", { jurisdiction: "DE" });
    crm.fault = "down";
    await eraseAda(oubli);
    crm.fault = null;
    oubli.clock.advance({ days: 1 });
    await officer(oubli).sources.resume();
    const [report] = await officer(oubli).sources.erasures();
    assert.equal(report!.targets[0]!.error, "region-unavailable");
    assert.equal(crm.rows.get("ada"), 3);
    await oubli.close();
  });

  test("a look for tombstones leaves who registered anew in another region", async (t) => {
    const crm = otherSystem("crm", { backupsEnd: "P30D" });
    const { office, us } = await regions(t, crm);
    const { targets } = await (await office.find("ada"))!.erase();
    assert.equal(targets?.complete, true);
    await us.subject("ada");
    crm.rows.set("ada", 1);
    const found = await office.sources.tombstones("crm", { erase: true });
    assert.deepEqual([found.returned, found.erased, crm.rows.get("ada")], [1, 0, 1]);
  });
});
