import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { openTestOubli, type Oubli, type Subject } from "#engine";
import { isOubliError, type NodeId } from "#kernel";

import { CODE_CANARY, tells } from "./support/bad-values.ts";

// What stands in the ledger stands there for good, so it is what the configuration lists.

const purposes = {
  support: { basis: "contract", categories: ["preference"], retention: "P2Y" },
  news: { basis: "consent", categories: ["preference"], retention: "P1Y" },
} as const;

interface CodesWorld {
  readonly oubli: Oubli;
  readonly ada: Subject;
  readonly officer: Subject;
  readonly nodes: readonly NodeId[];
}

describe("a name in the shape of a code does not reach the ledger", () => {
  const notice = { purpose: "news", policyVersion: "v1", mechanism: "form" };
  const calls: Record<string, (world: CodesWorld, code: string) => unknown> = {
    "a reason to forget": ({ ada, nodes }, reason) => ada.forget(nodes[0]!, { reason }),
    "a reason to correct": ({ ada, nodes }, reason) =>
      ada.self().correct(nodes[0]!, "jam", { reason }),
    "a reason to erase": ({ ada }, reason) => ada.erase({ reason }),
    "a reason to hold": ({ officer }, reason) => officer.hold({ case: "case-7", reason }),
    "a ground to restrict on": ({ ada }, ground) => ada.restrict({ ground }),
    "a ground to keep on": ({ ada }, keepOn) => ada.consent.withdraw(notice, { keepOn }),
    "a mechanism": ({ ada }, mechanism) => ada.consent.grant({ ...notice, mechanism }),
    "a notice": ({ ada }, policyVersion) => ada.consent.grant({ ...notice, policyVersion }),
    "a notice, of a withdrawal": ({ ada }, policyVersion) =>
      ada.consent.withdraw({ ...notice, policyVersion }),
    "a mechanism, at the registration": ({ oubli }, mechanism) =>
      oubli.subject("eve", { consent: { ...notice, mechanism } }),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`${name}: refused, with those that are configured`, async () => {
      await using world = await openCodesWorld();
      const { size } = await ledgerOf(world.oubli);
      for (const code of [CODE_CANARY, "lovelace", "form_v3_lovelace", "form_v1815"]) {
        const error = await errorOf(() => call(world, code));
        assert.ok(isOubliError(error, "INPUT_INVALID"), inspect(error));
        assert.match(String(error.details["accepted"]), /codes\.(reasons|mechanisms|notices)$/);
        assert.match(String(error.details["given"]), /^a string of \d+ characters$/);
      }
      assert.equal((await ledgerOf(world.oubli)).size, size);
      assert.equal(await world.oubli.find("eve"), null);
    });
  }

  test("a number or a date is a notice; a telephone number and a birthday are none", async () => {
    await using world = await openCodesWorld();
    const grant = (policyVersion: string) =>
      world.ada.consent.grant({ purpose: "news", mechanism: "signup_form_v3", policyVersion });
    for (const notice of ["1", "v2", "v1.10.3", "2026-11", "2026-11-05"]) await grant(notice);
    for (const notice of ["0301815121", "030.181.512", "1815-12-10", "2026-13", "v1.ada"]) {
      assert.ok(isOubliError(await errorOf(() => grant(notice)), "INPUT_INVALID"), notice);
    }
  });

  test("what the configuration lists is taken, and a listed notice is the only one", async () => {
    const codes = { reasons: ["moved-away"], mechanisms: ["kiosk"], notices: ["autumn"] };
    await using oubli = await openTestOubli({ purposes, codes });
    const ada = await oubli.subject("ada");
    const listed = { purpose: "news", policyVersion: "autumn", mechanism: "kiosk_v2" };
    assert.equal((await ada.consent.grant(listed)).mechanism, "kiosk_v2");
    await chatOf(ada).remember("kept");
    assert.equal((await ada.erase({ reason: "moved-away" })).entry["reason"], "moved-away");
    const bob = await oubli.subject("bob");
    const error = await errorOf(() => bob.consent.grant({ ...listed, policyVersion: "v1" }));
    assert.ok(isOubliError(error, "INPUT_INVALID"));
    assert.match(
      error.message,
      /field: consent\.policyVersion; given: .*; accepted: autumn \| one/,
    );
  });

  test("a case is taken as the court writes it, and stands sealed in row and ledger", async () => {
    await using world = await openCodesWorld();
    const title = "14 O 117/26, Lovelace ./. Menabrea";
    const hold = await world.officer.hold({ case: title, reason: "litigation" });
    assert.equal(hold.case, title);
    assert.deepEqual(await world.officer.holds(), [hold]);
    await world.officer.release(hold.id);
    assert.ok(!(await ledgerOf(world.oubli)).text.some((entry) => tells(entry)));
  });
});

async function openCodesWorld(): Promise<CodesWorld & AsyncDisposable> {
  const oubli = await openTestOubli({ purposes });
  const ada = await oubli.subject("ada");
  const officer = oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] });
  const { nodes } = await chatOf(ada).remember("kept");
  return {
    oubli,
    ada,
    officer: (await officer.find("ada"))!,
    nodes,
    [Symbol.asyncDispose]: () => oubli.close(),
  };
}

const chatOf = (person: Subject) => person.session({ purpose: "support" });

/** The ledger's entries, and how many there are. */
async function ledgerOf(oubli: Oubli) {
  const { audit } = oubli.as({ kind: "staff", id: "auditor", roles: ["auditor"] });
  const text: string[] = [];
  for (let index = 0; ; index += 1) {
    const bytes = await audit.entry("ledger", index);
    if (bytes === null) return { size: index, text };
    text.push(Buffer.from(bytes).toString());
  }
}

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return new Error("nothing was refused");
  } catch (error) {
    return error;
  }
}
