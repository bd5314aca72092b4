import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, test, type TestContext } from "node:test";

import { openTestOubli } from "#engine";

import { unzip } from "../../support/unzip.ts";
import { officer, type TestOubli } from "./elsewhere-world.ts";
import { otherSystem, type OtherSystem } from "./other-system.ts";

const SECRET = "told clinic A alone";

/** Two controllers, each with its own `ada`. */
async function clinics(t: TestContext, crm: OtherSystem, options: object = {}): Promise<TestOubli> {
  const controller = { name: "Clinics", contact: { email: "privacy@clinics.example" } };
  const packages = mkdtempSync(join(tmpdir(), "oubli-sources-"));
  const given = { sources: [crm.source], packages, ...options };
  const oubli = await openTestOubli({ controller }, given);
  t.after(async () => {
    await oubli.close();
    rmSync(packages, { recursive: true });
  });
  const consent = { policyVersion: "v1", mechanism: "signup" };
  for (const tenant of ["clinic-a", "clinic-b"]) {
    const ada = await oubli.tenant(tenant).subject("ada", { consent });
    await ada.session({ purpose: "assistant" }).remember("prefers tea");
  }
  return oubli;
}

const ofClinicA = (tenant?: string): OtherSystem =>
  otherSystem("crm", {
    ...(tenant === undefined ? {} : { tenant }),
    backupsEnd: "P30D",
    async *export({ externalId }) {
      yield { collection: "c", id: externalId, category: "contact", data: { note: SECRET } };
    },
  });

async function holdsSecret(oubli: TestOubli, tenant: string): Promise<boolean> {
  const dpo = officer(oubli).tenant(tenant);
  const { link } = await (await dpo.find("ada"))!.keepPackage();
  const files = await unzip(await buffer((await oubli.tenant(tenant).openPackage(link)).bytes));
  return [...files.values()].some((bytes) => bytes.includes(SECRET));
}

describe("B3, B4: a source belongs to one controller", () => {
  test("another controller's package holds nothing of it, and its own does", async (t) => {
    const oubli = await clinics(t, ofClinicA("clinic-a"));
    assert.equal(await holdsSecret(oubli, "clinic-b"), false);
    assert.equal(await holdsSecret(oubli, "clinic-a"), true);
  });

  test("another controller's erasure of the same external id leaves its rows", async (t) => {
    const crm = ofClinicA("clinic-a");
    const oubli = await clinics(t, crm);
    const there = officer(oubli).tenant("clinic-b");
    await (await there.find("ada"))!.erase();
    assert.deepEqual([crm.rows.get("ada"), crm.asked.length], [3, 0]);
    assert.deepEqual([there.sources.list(), await there.sources.erasures()], [[], []]);
    await assert.rejects(there.sources.tombstones("crm"), { code: "NOT_FOUND" });
    const { targets } = await (await officer(oubli).tenant("clinic-a").find("ada"))!.erase();
    assert.deepEqual([targets?.complete, crm.rows.has("ada")], [true, false]);
    assert.equal(crm.asked[0]!.who.tenant, "clinic-a");
  });

  test("one that names none belongs to the controller that Oubli was opened with", async (t) => {
    const crm = ofClinicA();
    const oubli = await clinics(t, crm, { tenant: "clinic-a" });
    assert.equal(officer(oubli).tenant("clinic-b").sources.list().length, 0);
    await (await officer(oubli).find("ada"))!.erase();
    assert.equal(crm.rows.has("ada"), false);
  });
});
