import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS } from "#kernel";

import { AUDITOR, FROM_SESSION, openOffice, type Office } from "./office.ts";

/** A request for erasure, acknowledged. */
async function asked(office: Office, person = "ada"): Promise<string> {
  await office.person(person, ["likes tea"]);
  const erasure = { ...FROM_SESSION, person, right: "erasure" } as const;
  return (await office.oubli.requests.receive(erasure)).request.request;
}

describe("a request's steps", () => {
  test("each of them is in the ledger with its time, from receipt to answer", async () => {
    await using office = await openOffice();
    const id = await asked(office);
    office.oubli.clock.advance({ days: 2 });
    const { receivedAt, answeredAt } = await office.dpo.requests.advance(id);

    assert.equal(answeredAt, receivedAt + 2 * DAY_MS);
    const steps = await office.entries("request");
    assert.deepEqual(
      steps.map(({ from, to, ts }) => [from, to, ts]),
      [
        [null, "received", receivedAt],
        ["received", "acknowledged", receivedAt],
        ["acknowledged", "checking", answeredAt],
        ["checking", "executing", answeredAt],
        ["executing", "completed", answeredAt],
      ],
    );
  });

  test("no entry of it holds the person's name, nor what they wrote", async () => {
    await using office = await openOffice();
    await office.person("ada-lovelace");
    const { request } = await office.oubli.requests.receive({
      ...FROM_SESSION,
      person: "ada-lovelace",
      right: "erasure",
      details: "my husband reads along",
      identifiers: { email: "ada@example.org" },
    });
    await office.dpo.requests.advance(request.request);
    const told = JSON.stringify(await office.entries("request"));
    assert.doesNotMatch(told, /lovelace|husband|example\.org/);
  });

  test("one that does not follow is refused with those that do, if any does", async () => {
    await using office = await openOffice();
    const id = await asked(office);
    await office.dpo.requests.advance(id);
    await assert.rejects(office.dpo.requests.deny(id, { reason: "excessive" }), {
      code: "REQUEST_STATE",
      details: { case: id, state: "completed", wanted: "denied" },
    });
    await assert.rejects(office.dpo.requests.advance(id), { code: "REQUEST_STATE" });
    await assert.rejects(office.dpo.requests.withdraw(id), { code: "REQUEST_STATE" });
    await assert.rejects(office.dpo.requests.extend(id, { reason: "complexity" }), {
      code: "REQUEST_STATE",
    });
  });

  test("what waits for proof goes no further, whoever asks", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const { request } = await office.oubli.requests.receive({
      person: "ada",
      right: "erasure",
      manner: "form",
    });
    await assert.rejects(office.dpo.requests.advance(request.request), { code: "REQUEST_STATE" });
    assert.equal((await ada.self().export()).nodes.length, 1);
  });

  test("taken back, it erases nothing", async () => {
    await using office = await openOffice();
    const ada = await office.person("bob", ["likes jam"]);
    const own = await ada.self().requests.ask({ right: "erasure", manner: "settings_page" });
    assert.equal((await ada.self().requests.withdraw(own.request)).state, "withdrawn");
    await assert.rejects(office.dpo.requests.advance(own.request), { code: "REQUEST_STATE" });
    assert.equal((await ada.self().export()).nodes.length, 1);
  });

  test("of two that advance it at once, it is carried out by one", async () => {
    await using office = await openOffice();
    const id = await asked(office);
    const tries = await Promise.allSettled([
      office.dpo.requests.advance(id),
      office.dpo.requests.advance(id),
    ]);
    const lost = tries.filter((one) => one.status === "rejected");
    assert.ok(lost.length <= 1);
    for (const one of lost) assert.match(String(one.reason), /CONFLICT|REQUEST_STATE/);
    assert.equal((await office.entries("erase.executed")).length, 1);
  });
});

describe("who may do what with requests", () => {
  test("the application receives them, and reads and advances none", async () => {
    await using office = await openOffice();
    const id = await asked(office);
    const { requests } = office.oubli;
    for (const call of [
      () => requests.list(),
      () => requests.show(id),
      () => requests.advance(id),
      () => requests.deny(id, { reason: "excessive" }),
      () => requests.extend(id, { reason: "complexity" }),
      () => requests.lift(id),
      () => requests.sent(id),
    ]) {
      await assert.rejects(call, { code: "POLICY_REFUSED" });
    }
  });

  test("the auditor reads all, and neither what the person wrote nor their name", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const { request } = await office.oubli.requests.receive({
      ...FROM_SESSION,
      person: "ada",
      right: "access",
      details: "what do you have on my illness?",
    });
    const auditor = office.oubli.as(AUDITOR);
    const shown = await auditor.requests.show(request.request);
    assert.equal(shown.details, null);
    assert.equal(shown.externalId, null);
    assert.deepEqual(shown.letters, []);
    assert.equal((await auditor.requests.list()).requests.length, 1);
    await assert.rejects(auditor.requests.advance(request.request), { code: "POLICY_REFUSED" });
  });

  test("the application is told where a request stands, and not what it holds", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const asked = { person: "ada", right: "access", manner: "email", details: "my illness" };
    const { request } = await office.oubli.requests.receive(asked as never);
    const further = await office.oubli.requests.anotherCode(request.request);
    const proven = await office.oubli.requests.prove(request.request, further.code!);
    for (const shown of [further.request, proven]) {
      assert.deepEqual([shown.externalId, shown.details, shown.letters], [null, null, []]);
    }
    assert.equal(proven.state, "acknowledged");
  });

  test("a person sees their own, with its letters and no id but the reference, and nobody else's", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada");
    const bob = await office.person("bob");
    const own = await ada.self().requests.ask({ right: "access", manner: "settings_page" });
    const [shown] = await ada.self().requests.list();
    assert.equal(shown?.request, own.request);
    const letters = (await ada.self().requests.show(own.request)).letters;
    assert.deepEqual(
      letters.map(({ letter }) => letter),
      ["acknowledgement"],
    );
    const text = JSON.stringify(await ada.self().requests.show(own.request));
    assert.ok(!text.includes(ada.id) && !text.includes("default"));
    assert.deepEqual(await bob.self().requests.list(), []);
    await assert.rejects(bob.self().requests.show(own.request), { code: "NOT_FOUND" });
    await assert.rejects(bob.self().requests.withdraw(own.request), { code: "NOT_FOUND" });
  });

  test("another controller's officer finds none", async () => {
    await using office = await openOffice();
    const id = await asked(office);
    const other = office.dpo.tenant("other");
    await assert.rejects(other.requests.show(id), { code: "NOT_FOUND" });
    assert.deepEqual((await other.requests.list()).requests, []);
  });
});
