import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AUDITOR, openOffice, received } from "./office.ts";

describe("objection (GDPR Art. 21)", () => {
  test("purposes that rest on an interest stop, and the others go on", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    await ada.session({ purpose: "fraud" }).remember("paid late once");
    const id = await received(office, { person: "ada", right: "objection" });
    assert.equal((await office.dpo.requests.advance(id)).state, "completed");
    await assert.rejects(ada.session({ purpose: "fraud" }).recall("paid"), {
      code: "SUBJECT_RESTRICTED",
    });
    assert.equal((await ada.session({ purpose: "support" }).recall("tea")).nodes.length, 1);
  });

  test("advertising always stops: it is denied on no compelling ground (Art. 21(3))", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada");
    await ada.consent.grant({ purpose: "marketing_email", policyVersion: "v1", mechanism: "form" });
    const id = await received(office, {
      person: "ada",
      right: "objection",
      purposes: ["marketing_email"],
    });
    await assert.rejects(office.dpo.requests.deny(id, { reason: "compelling-grounds" }), {
      code: "INPUT_INVALID",
    });
    await office.dpo.requests.advance(id);
    assert.equal((await ada.consent.active())["marketing_email"], false);
  });
});

describe("opt-out of sale and sharing (CCPA, 11 CCR 7026)", () => {
  test("it is carried out at once, and written down also where nothing was ever agreed to", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada");
    const { request } = await office.oubli.requests.receive({
      person: "ada",
      right: "opt-out",
      manner: "settings_page",
    });
    assert.equal(request.state, "completed");
    assert.equal((await ada.consent.active())["third_party_sharing"], false);
  });

  test("nobody has another's memories destroyed by it: unproven, they are stored and not used", async () => {
    for (const proven of [false, true]) {
      await using office = await openOffice();
      const ada = await office.person("ada");
      const sharing = { purpose: "third_party_sharing", policyVersion: "v1", mechanism: "form" };
      await ada.consent.grant({ ...sharing, explicit: true });
      const chat = ada.session({ purpose: "third_party_sharing" });
      await chat.remember("clicks on shoes", { category: "behaviour" });
      const asked = { person: "ada", right: "opt-out", manner: "form" } as const;
      const identity = proven ? "session" : "code";
      const { request } = await office.oubli.requests.receive({ ...asked, identity });
      assert.equal(request.state, "completed");
      assert.equal((await ada.self().export()).nodes.length, proven ? 0 : 1);
      await assert.rejects(chat.recall("shoes"));
    }
  });

  test("it is carried out also where no controller is configured who could write", async () => {
    await using office = await openOffice({ controller: undefined as never });
    await office.person("ada");
    const asked = { person: "ada", right: "opt-out", manner: "gpc" } as const;
    const { request } = await office.oubli.requests.receive(asked);
    assert.deepEqual([request.state, request.letters], ["completed", []]);
  });

  test("a browser's signal asks for it and for nothing else, and never gives consent", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada");
    const gpc = { person: "ada", manner: "gpc" } as const;
    await assert.rejects(office.oubli.requests.receive({ ...gpc, right: "erasure" }), {
      code: "INPUT_INVALID",
    });
    const sharing = { purpose: "third_party_sharing", policyVersion: "v1", mechanism: "gpc" };
    await assert.rejects(ada.consent.grant({ ...sharing, explicit: true }), {
      code: "INPUT_INVALID",
    });
    const { request } = await office.oubli.requests.receive({ ...gpc, right: "opt-out" });
    assert.equal(request.state, "completed");
    const [withdrawal] = await ada.consent.history();
    assert.deepEqual([withdrawal!.granted, withdrawal!.mechanism], [false, "gpc"]);
  });

  test("consent to sharing that was given before is withdrawn", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada");
    const sharing = { purpose: "third_party_sharing", policyVersion: "v1", mechanism: "form" };
    await ada.consent.grant({ ...sharing, explicit: true });
    await ada.self().requests.ask({ right: "opt-out", manner: "settings_page" });
    assert.equal((await ada.consent.active())["third_party_sharing"], false);
  });
});

test("limiting the use of sensitive data restricts every purpose beyond what is necessary", async () => {
  await using office = await openOffice({
    purposes: {
      support: { basis: "contract", categories: ["preference", "location"], retention: "P1Y" },
      profiling: {
        basis: "legitimate-interests",
        categories: ["preference", "location"],
        retention: "P1Y",
      },
    },
  });
  const ada = await office.person("ada", []);
  await ada.self().requests.ask({ right: "limit-use", manner: "settings_page" });
  const restricted = (
    await office.oubli
      .as(AUDITOR)
      .subject("ada")
      .then((one) => one.restrictions())
  )
    .map(({ purpose }) => purpose as string)
    .toSorted();
  assert.deepEqual(restricted, ["personalization", "profiling"]);
});
