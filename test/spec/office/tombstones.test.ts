import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openTestOubli, worldOf, type Oubli } from "#engine";
import { word } from "#kernel";
import type { Outcome } from "#sources";

import { otherSystem } from "./other-system.ts";

const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;

async function erased(options: Parameters<typeof otherSystem>[1] = {}, order: object = {}) {
  const crm = otherSystem("crm", { backupsEnd: "P35D", ...options });
  const oubli = await openTestOubli({}, { sources: [crm.source] });
  await oubli.subject("ada");
  await oubli.subject("bob");
  const office = oubli.as(OFFICER);
  const certificate = await (await office.find("ada"))!.erase(order);
  return { oubli, office, crm, certificate };
}

function allCases(office: Oubli) {
  const listing = { tenant: word("default"), kind: "targets", limit: 1000 } as const;
  return worldOf(office).cases.list(listing);
}

describe("B5: a restore of another system brings nobody back", () => {
  test("whom a restored backup brought back is found, and erased again under a new request", async () => {
    const { oubli, office, crm } = await erased();
    crm.rows.set("ada", 3);
    const found = await office.sources.tombstones("crm");
    assert.deepEqual(
      [found.tombstones, found.looked, found.found, found.erased],
      [1, 2, 1, 0],
      "it only looks unless told otherwise",
    );
    assert.equal(crm.rows.has("ada"), true);

    const again = await office.sources.tombstones("crm", { erase: true });
    assert.deepEqual([again.found, again.erased, again.failed], [1, 1, 0]);
    assert.deepEqual([...crm.rows.keys()], ["bob"]);
    oubli.clock.advance({ days: 1 });
    crm.rows.set("ada", 3);
    await office.sources.tombstones("crm", { erase: true });
    const requests = crm.asked.filter(({ what }) => what === "erase");
    assert.equal(new Set(requests.map(({ request }) => request)).size, 3);
    await oubli.close();
  });

  test("many people's tombstones share a key for thirty days, and each is found", async () => {
    const { oubli, office, crm } = await erased();
    for (const who of ["bob", "cleo", "dora"]) {
      oubli.clock.advance({ days: 12 });
      await (await office.subject(who)).erase();
    }
    const keys = (await allCases(office)).filter(({ facts }) => facts["fingerprints"] === "crm");
    assert.equal(keys.length, 2);
    for (const who of ["bob", "cleo", "dora"]) crm.rows.set(who, 1);
    assert.equal((await office.sources.tombstones("crm")).found, 3);
    await oubli.close();
  });

  test("one who registered again since is left alone, and counted as returned", async () => {
    const { oubli, office, crm } = await erased();
    crm.rows.set("ada", 1);
    await oubli.subject("ada");
    const { returned, erased: again } = await office.sources.tombstones("crm", { erase: true });
    assert.deepEqual([returned, again, crm.rows.get("ada")], [1, 0, 1]);
    await oubli.close();
  });

  test("a system that is down, or lies, leaves the person counted as failed", async () => {
    const { oubli, office, crm } = await erased();
    crm.rows.set("ada", 3);
    for (const fault of ["down", "lies"] as const) {
      crm.fault = fault;
      const { failed } = await office.sources.tombstones("crm", { erase: true });
      assert.equal(failed, 1, fault);
    }
    await oubli.close();
  });

  test("a tombstone ends with the target's backups, and then finds nobody", async () => {
    const { oubli, office, crm } = await erased();
    oubli.clock.advance({ days: 34 });
    await oubli.sources.resume();
    assert.equal((await office.sources.tombstones("crm")).tombstones, 1);
    oubli.clock.advance({ days: 2 });
    await oubli.sources.resume();
    crm.rows.set("ada", 3);
    const { tombstones, found } = await office.sources.tombstones("crm");
    assert.deepEqual([tombstones, found], [0, 0]);
    await oubli.close();
  });

  test("a target without backups leaves no tombstone", async () => {
    const { oubli, office } = await erased({ backupsEnd: null });
    assert.equal((await office.sources.tombstones("crm")).tombstones, 0);
    await oubli.close();
  });

  test("a source that cannot say whom it holds is refused, and so is whoever is not the officer", async () => {
    const { oubli, office } = await erased({ identities: undefined as never });
    await assert.rejects(office.sources.tombstones("crm"), { code: "INPUT_INVALID" });
    await assert.rejects(office.sources.tombstones("nothing"), { code: "NOT_FOUND" });
    await assert.rejects(oubli.sources.tombstones("crm"), { code: "POLICY_REFUSED" });
    await oubli.close();
  });
});

describe("B6: data that the law has kept are anonymised", () => {
  const keepUntil = Date.UTC(2036, 11, 31);
  const books = new Map([["ada", "invoice 17"]]);
  const anonymise = async (): Promise<Outcome> => {
    const kept = { name: "invoices", records: 1, strategy: "salted-hash" } as const;
    books.clear();
    return {
      status: "done",
      recordsDeleted: 0,
      collections: [{ ...kept, ground: "tax-law", keepUntil: keepUntil as never }],
    };
  };
  const order = { anonymise: [{ source: "crm", ground: "tax-law", keepUntil }] };

  test("the certificate lists how many rows, on which ground and until when", async () => {
    const verify = async () => ({ remaining: books.size });
    const { oubli, certificate } = await erased({ anonymise, verify }, order);
    const { entry } = certificate.targets!.certificate!;
    assert.deepEqual(entry["targets"], [
      {
        target: "crm",
        success: true,
        recordsDeleted: 0,
        verified: true,
        manual: false,
        kept: [{ strategy: "salted-hash", ground: "tax-law", keepUntil, records: 1 }],
      },
    ]);
    await oubli.close();
  });

  test("while a probe still finds the person it is not confirmed", async () => {
    const verify = async () => ({ remaining: 1 });
    const { oubli, certificate } = await erased({ anonymise, verify }, order);
    const { complete, targets } = certificate.targets!;
    assert.deepEqual([complete, targets[0]!.error], [false, "lying"]);
    await oubli.close();
  });

  test("a source that always anonymises carries its ground and its end with it", async () => {
    let given: unknown = null;
    const { oubli } = await erased({
      anonymise: async (_, asked) => {
        given = asked;
        return anonymise();
      },
      verify: async () => ({ remaining: 0 }),
      keep: { ground: "tax-law", keepFor: "P10Y" },
    });
    assert.deepEqual(given, { ground: "tax-law", keepUntil: Date.UTC(2036, 0, 1) });
    await oubli.close();
  });

  test("a source that can only anonymise has to say on which ground and how long", () => {
    const only = { erase: undefined as never, anonymise };
    assert.throws(() => otherSystem("books", only), /sources\.books\.keep/);
    assert.doesNotThrow(() =>
      otherSystem("books", { ...only, keep: { ground: "tax-law", keepFor: "P10Y" } }),
    );
  });
});
