import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Oubli, TransferOptions } from "#engine";

import { withoutRandom } from "../../support/without-random.ts";
import { entriesOf } from "../world.ts";
import { adaIn, BACK, OFFICER, SCC, twoRegions } from "../transfers.ts";

const AUDITOR = { kind: "staff", id: "a", roles: ["auditor"] } as const;

const under = (change: Partial<TransferOptions["authorisation"]>, to = "us"): TransferOptions => ({
  to,
  authorisation: { ...SCC.authorisation, ...change },
});

async function lastRefusal(oubli: Oubli, region: string) {
  const entries = await entriesOf(oubli.region(region).as(AUDITOR), "access");
  return entries.filter(({ t }) => t === "deny").at(-1);
}

describe("GDPR Art. 44–49: a person's data leave their region under an authorisation alone", () => {
  test("only the privacy officer moves somebody, and another's try is in the log", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    const app = await oubli.as({ kind: "app", id: "shop", roles: ["app"] }).find("ada");
    await assert.rejects(app!.transfer(SCC), { code: "POLICY_REFUSED" });
    await assert.rejects(app!.cancelTransfer(), { code: "POLICY_REFUSED" });
    assert.equal((await lastRefusal(oubli, "eu"))?.["verb"], "transfer");
    assert.equal((await ada.export()).nodes.length, 6);
  });

  test("an unknown mechanism or document, one that is over, and another place are refused", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    for (const [input, message] of [
      [under({ mechanism: "handshake" as never }), /mechanism.*adequacy/],
      [under({ document: "ADA-LOVELACE" }), /document.*SCC-2026-4/],
      [under({ expires: Date.now() - 1 }), /expires/],
      [under({}, "mars"), /transfer\.to/],
      [under({}, "eu"), /transfer\.to/],
    ] as const) {
      await assert.rejects(ada.transfer(input), { code: "INPUT_INVALID", message });
    }
    assert.equal((await oubli.find("ada"))?.id, ada.id);
  });

  test("out of the EEA nobody goes without a mechanism, and the refusal is in the log", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    await assert.rejects(ada.transfer(under({ mechanism: "unrestricted" })), {
      code: "TRANSFER_REFUSED",
      details: { reason: "mechanism-missing" },
    });
    assert.equal((await lastRefusal(oubli, "eu"))?.["reason"], "TRANSFER_REFUSED");
    assert.equal((await ada.export()).nodes.length, 6, "she stays as she was");
  });

  test("health data stay in the EEA, unless the mechanism carries them", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    await ada.session({ purpose: "care" }).remember("Sleeps badly.", { category: "health" });
    await assert.rejects(ada.transfer(SCC), {
      code: "TRANSFER_REFUSED",
      details: { reason: "health-stays", categories: ["health"] },
    });
    const { subject } = await ada.transfer(under({ mechanism: "adequacy" }));
    assert.equal(subject.region, "us");
  });

  test("protected health information goes from a covered region to a covered one only", async (t) => {
    await using oubli = await twoRegions(t).open();
    const bob = await oubli.subject("bob", { jurisdiction: "US" });
    await bob.session({ purpose: "care" }).remember("Sleeps badly.", { category: "health" });
    await assert.rejects(bob.transfer({ ...BACK, to: "ca" }), { code: "TRANSFER_REFUSED" });
  });

  test("an authorisation covers all that the person has, or none of it; what is outside is named", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    await assert.rejects(ada.transfer(under({ categories: ["preference"] })), {
      code: "TRANSFER_REFUSED",
      details: { reason: "outside-scope", categories: ["work"] },
    });
    const { subject } = await ada.transfer(under({ categories: ["preference", "work"] }));
    assert.equal((await subject.export()).nodes.length, 6);
  });

  test("who is held stays where the hold was placed", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada, memories } = await adaIn(oubli);
    const hold = await ada.hold({ case: "C-1", reason: "litigation", nodes: [memories[0]!] });
    await assert.rejects(ada.transfer(SCC), { code: "HELD" });
    await ada.release(hold.id);
    assert.equal((await ada.transfer(SCC)).subject.region, "us");
  });

  test("two whom one name means in two regions are not made one", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    await oubli.region("us").subject("ada");
    await assert.rejects(ada.transfer(SCC), { details: { reason: "registered-there" } });
  });

  test("the ledgers name mechanism, document and approver, and nothing that she said", async (t) => {
    await using oubli = await twoRegions(t).open();
    const { ada } = await adaIn(oubli);
    await ada.transfer(SCC);
    for (const [region, types] of [
      ["eu", ["transfer.intent", "transfer.out"]],
      ["us", ["transfer.expected", "transfer.in"]],
    ] as const) {
      const entries = await entriesOf(oubli.region(region).as(AUDITOR), "ledger");
      const found = entries.filter(({ t: type }) => type.startsWith("transfer."));
      assert.deepEqual(
        found.map(({ t: type }) => type),
        types,
      );
      const text = JSON.stringify(found);
      for (const said of ["scc", "SCC-2026-4", OFFICER.id]) assert.ok(text.includes(said), said);
      const words = withoutRandom(text);
      for (const kept of ["tram", "ada", "192.0.2.7"]) assert.ok(!words.includes(kept), kept);
    }
  });
});
