import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";

import { withoutRandom } from "../../support/without-random.ts";
import { otherSystem } from "../office/other-system.ts";
import { letter, openOffice, received } from "./office.ts";

const nowhere = () => new PassThrough().resume();

describe("access (GDPR Art. 15)", () => {
  test("it waits for its package, and is answered by it", async () => {
    await using office = await openOffice();
    await office.person("ada", ["likes tea", "likes jam"]);
    const id = await received(office, { person: "ada", right: "access" });
    const waiting = await office.dpo.requests.advance(id);
    assert.deepEqual([waiting.state, waiting.waitingFor], ["waiting", ["package"]]);

    const answered = await office.dpo.requests.package(id, nowhere());
    assert.equal(answered.state, "completed");
    assert.match(await letter(office, id), /Your copy holds \d+ records/);
  });

  test("while a system has not given its part the request is not complete", async () => {
    let down = true;
    const source = {
      name: "crm",
      async *export() {
        if (down) throw new Error("no connection to the CRM of Ada Lovelace");
        yield { collection: "tickets", id: "1", category: "account", data: { text: "hello" } };
      },
    };
    const { defineSource } = await import("#sources");
    await using office = await openOffice({}, { sources: [defineSource(source as never)] });
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "access" });
    const waiting = await office.dpo.requests.package(id, nowhere());
    assert.equal(waiting.state, "waiting");
    assert.deepEqual(waiting.waitingFor, ["crm", "failed"]);
    assert.doesNotMatch(JSON.stringify(waiting), /Lovelace/);

    down = false;
    assert.equal((await office.dpo.requests.package(id, nowhere())).state, "completed");
  });

  test("a person who has no name of a kind is answered: an empty one says so", async () => {
    const shop = otherSystem("shop", { identifiers: ["email"] });
    await using office = await openOffice({}, { sources: [shop.source] });
    const ada = await office.person("ada", ["likes tea"]);
    const identifiers = { email: "" };
    const id = await received(office, { person: "ada", right: "access", identifiers });
    const answered = await office.dpo.requests.package(id, nowhere(), { identifiers });
    assert.equal(answered.state, "completed");
    await assert.doesNotReject(ada.self().package(nowhere(), { identifiers }));
    assert.deepEqual(
      shop.asked.map(({ who }) => who.identifiers),
      [identifiers, identifiers],
    );
  });

  test("no package is made for whoever has not shown who they are, nor for another right", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const unproven = await office.oubli.requests.receive({
      person: "ada",
      right: "access",
      manner: "email",
    });
    const erasure = await received(office, { person: "ada", right: "erasure" });
    for (const id of [unproven.request.request, erasure]) {
      await assert.rejects(office.dpo.requests.package(id, nowhere()), { code: "REQUEST_STATE" });
    }
  });
});

test("portability (GDPR Art. 20) is answered by the same package", async () => {
  await using office = await openOffice();
  await office.person("ada", ["likes tea"]);
  const id = await received(office, { person: "ada", right: "portability" });
  assert.equal((await office.dpo.requests.package(id, nowhere())).state, "completed");
  assert.match(await letter(office, id), /for other services/);
});

describe("erasure (GDPR Art. 17)", () => {
  test("it is erased here and in every other system, and complete only then", async () => {
    let down = true;
    const source = {
      name: "crm",
      async erase() {
        if (down) throw new Error("down");
        return {
          status: "done",
          recordsDeleted: 3,
          collections: [{ name: "tickets", records: 3, strategy: "delete" }],
        };
      },
    };
    const { defineSource } = await import("#sources");
    await using office = await openOffice({}, { sources: [defineSource(source as never)] });
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure" });
    const waiting = await office.dpo.requests.advance(id);
    assert.deepEqual([waiting.state, waiting.waitingFor], ["waiting", ["crm"]]);
    await assert.rejects(ada.self().export(), { code: "SUBJECT_ERASED" });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).state, "waiting");
    for (const tooLate of [
      () => office.dpo.requests.deny(id, { reason: "excessive" }),
      () => office.dpo.requests.withdraw(id),
    ]) {
      await assert.rejects(tooLate, { code: "REQUEST_STATE" });
    }

    down = false;
    office.oubli.clock.advance({ days: 1 });
    await office.oubli.sweep();
    office.oubli.clock.advance({ ms: 60_000 });
    await office.oubli.sweep();
    const done = await office.dpo.requests.show(id);
    assert.equal(done.state, "completed");
    assert.equal(done.counts["elsewhere"], 3);
    const text = await letter(office, id);
    assert.match(text, /3 records in other systems went as well/);
    assert.match(text, /These were told, and did the same: crm/);
  });

  test("what other systems call the person is told when it is received, or before it is carried out", async () => {
    const crm = otherSystem("crm");
    await using office = await openOffice({}, { sources: [crm.source] });
    await office.person("ada");
    const identifiers = { email: "ada@example.org" };
    const id = await received(office, { person: "ada", right: "erasure", identifiers });
    await office.dpo.requests.advance(id, { identifiers: { phone: "+353 1" } });
    const [{ who }] = crm.asked as [(typeof crm.asked)[number]];
    assert.deepEqual({ ...who.identifiers }, { email: "ada@example.org", phone: "+353 1" });
  });

  test("a name that a system needs is what it waits for, with the system, and nothing is erased", async () => {
    const crm = otherSystem("crm", { identifiers: ["email"] });
    await using office = await openOffice({}, { sources: [crm.source] });
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure" });
    const waiting = await office.dpo.requests.advance(id);
    assert.deepEqual(waiting.waitingFor, ["crm", "identifier-missing"]);
    assert.equal((await ada.self().export()).nodes.length, 1);
    const done = await office.dpo.requests.advance(id, { identifiers: { email: "" } });
    assert.equal(done.state, "completed");
  });

  test("a pre-check that blocks is what it waits for, with its end, and nothing is erased", async () => {
    let paid = false;
    const preChecks = {
      invoices: () =>
        paid
          ? ("ok" as const)
          : {
              code: "unpaid-invoice",
              ground: "legal-claims",
              until: new Date(Date.UTC(2026, 0, 9)),
            },
    };
    await using office = await openOffice({}, { preChecks });
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure" });
    const waiting = await office.dpo.requests.advance(id);
    assert.deepEqual([waiting.state, waiting.waitingFor], ["waiting", ["unpaid-invoice"]]);
    assert.equal((await ada.self().export()).nodes.length, 1);
    const [told] = (await office.entries("request")).filter(({ blocks }) => blocks);
    assert.deepEqual(told!["blocks"], [
      {
        check: "invoices",
        code: "unpaid-invoice",
        ground: "legal-claims",
        until: Date.UTC(2026, 0, 9),
      },
    ]);
    paid = true;
    assert.equal((await office.dpo.requests.advance(id)).state, "completed");
  });

  test("what a hold keeps is an exception, and the letter says on what ground", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea", "likes jam"]);
    const person = await office.dpo.subject("ada");
    const [first] = (await person.list()).nodes;
    await person.hold({ case: "Case 12/26", reason: "litigation", nodes: [first!.id] });
    const id = await received(office, { person: "ada", right: "erasure" });
    const done = await office.dpo.requests.advance(id);
    assert.equal(done.state, "completed-with-exceptions");
    assert.deepEqual(done.exceptions, ["held"]);
    const text = await letter(office, id);
    assert.match(text, /We erased 1 memory of you/);
    assert.match(text, /1 memory must be kept for now: litigation/);
    assert.doesNotMatch(text, /12\/26/);
    await assert.rejects(ada.self().export(), { code: "SUBJECT_ERASED" });
  });

  test("a hold that leaves nothing to erase makes it wait; a denial's letter names the ground", async () => {
    await using office = await openOffice();
    await office.person("ada");
    await (await office.dpo.subject("ada")).hold({ case: "12/26", reason: "litigation" });
    const id = await received(office, { person: "ada", right: "erasure" });
    assert.deepEqual((await office.dpo.requests.advance(id)).waitingFor, ["hold"]);
    await office.dpo.requests.deny(id, { reason: "legal-claims" });
    assert.match(await letter(office, id), /needed for legal claims \(GDPR Art\. 17\(3\)\(e\)/);
  });

  test("a person who was erased already is answered with that erasure", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure" });
    await ada.self().erase();
    const done = await office.dpo.requests.advance(id);
    assert.deepEqual([done.state, done.counts["erased"]], ["completed", 1]);
    assert.equal((await office.entries("erase.executed")).length, 1);
  });

  test("no statute's date of an erasure is HIPAA's, which knows no such right", async () => {
    const { ccpa, gdpr, hipaa } = await import("#policy");
    await using office = await openOffice({ packs: [gdpr(), hipaa(), ccpa()] });
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "erasure" });
    const { statutory } = await office.dpo.requests.show(id);
    assert.deepEqual(
      statutory.map(({ law }) => law),
      ["gdpr", "ccpa"],
    );
    const told = withoutRandom(JSON.stringify(await office.entries("request")));
    assert.doesNotMatch(told, /hipaa/i);
    assert.doesNotMatch(await letter(office, id), /HIPAA|45 CFR/);
  });
});

describe("rectification (GDPR Art. 16)", () => {
  test("what is wrong is replaced; until somebody says what, it waits", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tee"]);
    const [node] = (await ada.self().list()).nodes;
    const id = await received(office, { person: "ada", right: "rectification", details: "a typo" });
    assert.deepEqual((await office.dpo.requests.advance(id)).waitingFor, ["corrections"]);
    const corrections = [{ node: node!.id, content: "likes tea" }];
    const done = await office.dpo.requests.advance(id, { corrections });
    assert.deepEqual([done.state, done.counts["corrected"]], ["completed", 1]);
    assert.deepEqual(
      (await ada.self().list()).nodes.map(({ content }) => content),
      ["likes tea"],
    );
  });

  test("what a hold keeps as it is, is an exception", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tee"]);
    const [node] = (await ada.self().list()).nodes;
    await (await office.dpo.subject("ada")).hold({ case: "1", reason: "litigation" });
    const id = await received(office, { person: "ada", right: "rectification" });
    const corrections = [{ node: node!.id, content: "likes tea" }];
    const done = await office.dpo.requests.advance(id, { corrections });
    assert.deepEqual([done.state, done.exceptions], ["completed-with-exceptions", ["held"]]);
    assert.match(await letter(office, id), /A legal hold keeps some records as they are/);
  });
});

describe("restriction (GDPR Art. 18)", () => {
  test("stored and nothing else: no purpose reads or adds to it, until it is lifted", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, {
      person: "ada",
      right: "restriction",
      ground: "accuracy-contested",
    });
    assert.equal((await office.dpo.requests.advance(id)).state, "completed");
    for (const purpose of ["support", "fraud"]) {
      const chat = ada.session({ purpose });
      await assert.rejects(chat.recall("tea"), { code: "SUBJECT_RESTRICTED" });
      await assert.rejects(chat.remember("likes jam"), { code: "SUBJECT_RESTRICTED" });
    }
    assert.equal((await ada.self().export()).nodes.length, 1);
  });

  test("it is not lifted before the person was told (Art. 18(3))", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "restriction" });
    await office.dpo.requests.advance(id);
    await assert.rejects(office.dpo.requests.lift(id), { code: "REQUEST_STATE" });
    const [restriction] = await ada.restrictions();
    const past = (await office.dpo.subject("ada")).lift(restriction!.id);
    await assert.rejects(past, { code: "REQUEST_STATE" });
    await assert.rejects(ada.session({ purpose: "support" }).recall("tea"), {
      code: "SUBJECT_RESTRICTED",
    });
    const told = await office.dpo.requests.announceLift(id);
    assert.match(told.text, /From now on we will use your data again/);
    await office.dpo.requests.lift(id);
    assert.equal((await ada.session({ purpose: "support" }).recall("tea")).nodes.length, 1);
    await assert.rejects(office.dpo.requests.lift(id), { code: "REQUEST_STATE" });
  });

  test("it can be lifted after the file of the request is gone", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "restriction" });
    await office.dpo.requests.advance(id);
    await office.dpo.requests.sent(id);
    assert.match((await office.dpo.requests.announceLift(id)).text, /use your data again/);
    await office.dpo.requests.lift(id);
    assert.equal((await ada.session({ purpose: "support" }).recall("tea")).nodes.length, 1);
  });
});
