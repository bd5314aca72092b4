import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ccpa, gdpr, hipaa, lgpd } from "#policy";

import { otherSystem } from "../office/other-system.ts";
import { FROM_SESSION, openOffice, type Office } from "./office.ts";

async function received(office: Office, right: "access" | "erasure" | "objection" = "access") {
  await office.person("ada", ["likes tea"]);
  const { request } = await office.oubli.requests.receive({
    ...FROM_SESSION,
    person: "ada",
    right,
  });
  return request;
}

const day = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString().slice(0, 10);

describe("the clocks of a request", () => {
  test("the office's date is the earliest over the packs; each statute's stands beside it", async () => {
    await using office = await openOffice({ packs: [gdpr(), hipaa(), ccpa(), lgpd()] });
    const request = await received(office);
    assert.equal(day(request.answerBy), "2026-01-16");
    assert.deepEqual(
      request.statutory.map(({ law, dueAt }) => [law, day(dueAt)]),
      [
        ["gdpr", "2026-02-02"],
        ["hipaa", "2026-01-31"],
        ["ccpa", "2026-02-15"],
        ["lgpd", "2026-01-16"],
      ],
    );
    assert.equal(day(request.acknowledgeBy), "2026-01-16");
    assert.equal(day(request.firstBy), "2026-01-01");
  });

  test("it runs from the receipt, not from the proof, nor from when somebody typed it in", async () => {
    await using office = await openOffice();
    await office.person("ada");
    office.oubli.clock.advance({ days: 10 });
    const { request, code } = await office.oubli.requests.receive({
      person: "ada",
      right: "access",
      manner: "letter",
      receivedAt: new Date("2026-01-05T09:00:00Z"),
    });
    office.oubli.clock.advance({ ms: 1000 });
    const proven = await office.oubli.requests.prove(request.request, code!);
    assert.equal(day(proven.answerBy), "2026-02-04");
  });

  test("a receipt in the future, or before 1970, is refused", async () => {
    await using office = await openOffice();
    for (const receivedAt of [new Date("2030-01-01"), -1]) {
      await assert.rejects(
        office.oubli.requests.receive({
          ...FROM_SESSION,
          person: "a",
          right: "access",
          receivedAt,
        }),
        { code: "INPUT_INVALID" },
      );
    }
    assert.deepEqual(await office.entries("request"), []);
  });

  test("a controller's own time zone and holidays count", async () => {
    const law = { gdpr: { timeZone: "Europe/Athens", holidays: ["2026-02-02"] } };
    await using office = await openOffice({ law });
    const { statutory } = await received(office);
    assert.equal(new Date(statutory[0]!.dueAt).toISOString(), "2026-02-03T21:59:59.999Z");
  });

  test("half, four fifths and the end of the time are each warned of once, in the ledger and in the list", async () => {
    await using office = await openOffice();
    const { request: id, answerBy } = await received(office);
    const warnings = async () =>
      (await office.entries("request"))
        .map(({ warning }) => warning)
        .filter((warning) => warning !== undefined);
    for (const [days, expected] of [
      [14, []],
      [2, [50]],
      [8, [50]],
      [2, [50, 80]],
      [7, [50, 80, 100]],
      [5, [50, 80, 100]],
    ] as const) {
      office.oubli.clock.advance({ days });
      await office.oubli.sweep();
      await office.oubli.sweep();
      assert.deepEqual(await warnings(), expected);
    }
    const [listed] = (await office.dpo.requests.list()).requests;
    assert.deepEqual(
      [listed!.request, listed!.warned, listed!.answerBy],
      [id, [50, 80, 100], answerBy],
    );
  });
});

test("many that wait for a system keep no other from its warning", async () => {
  const crm = otherSystem("crm");
  crm.fault = "down";
  await using office = await openOffice({}, { sources: [crm.source] });
  for (let at = 0; at < 20; at += 1) {
    await office.oubli.subject(`person-${at}`);
    const asked = { ...FROM_SESSION, person: `person-${at}`, right: "erasure" } as const;
    const { request } = await office.oubli.requests.receive(asked);
    assert.equal((await office.dpo.requests.advance(request.request)).state, "waiting");
  }
  await received(office);
  office.oubli.clock.advance({ days: 16 });
  await office.oubli.sweep();
  const { requests } = await office.dpo.requests.list();
  assert.equal(requests.length, 21);
  assert.ok(requests.every(({ warned }) => warned.includes(50)));
  await office.oubli.sweep();
});

describe("an extension (GDPR Art. 12(3))", () => {
  test("is one letter, within the first time, with the reason and the new date", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office);
    office.oubli.clock.advance({ days: 20 });
    const extended = await office.dpo.requests.extend(id, { reason: "complexity" });
    assert.equal(day(extended.answerBy), "2026-04-01");
    const { letters } = await office.dpo.requests.show(id);
    const letter = letters.at(-1)!;
    assert.equal(letter.letter, "extension");
    assert.match(letter.text, /cannot answer by 2 February 2026, because the request is complex/);
    assert.match(letter.text, /by 1 April 2026/);
    await assert.rejects(office.dpo.requests.extend(id, { reason: "complexity" }), {
      code: "EXTENSION_REFUSED",
      details: { case: id, reason: "already-extended" },
    });
  });

  test("comes too late once the first time is over", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office);
    office.oubli.clock.advance({ days: 31 });
    await assert.rejects(office.dpo.requests.extend(id, { reason: "complexity" }), {
      code: "EXTENSION_REFUSED",
      details: { case: id, reason: "first-term-is-over" },
    });
  });

  test("an erasure has none: it never takes longer than 30 days", async () => {
    await using office = await openOffice({ packs: [gdpr(), ccpa()] });
    const { request: id, answerBy } = await received(office, "erasure");
    assert.equal(day(answerBy), "2026-01-31");
    await assert.rejects(office.dpo.requests.extend(id, { reason: "complexity" }), {
      code: "EXTENSION_REFUSED",
      details: { case: id, reason: "no-law-allows-it" },
    });
  });

  test("a law without one keeps its date for all", async () => {
    await using office = await openOffice({ packs: [gdpr(), lgpd()] });
    const { request: id } = await received(office);
    await assert.rejects(office.dpo.requests.extend(id, { reason: "complexity" }), {
      code: "EXTENSION_REFUSED",
    });
  });

  test("what was waited for is still looked after", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office);
    await office.dpo.requests.advance(id);
    const extended = await office.dpo.requests.extend(id, { reason: "number-of-requests" });
    assert.deepEqual([extended.state, extended.waitingFor], ["waiting", ["package"]]);
  });
});

describe("the log of requests (11 CCR 7101)", () => {
  test("once the answer has reached the person, the file is destroyed and the facts stay", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office, "erasure");
    await office.dpo.requests.advance(id);
    const sent = await office.dpo.requests.sent(id);
    assert.deepEqual([sent.externalId, sent.letters], [null, []]);
    assert.deepEqual(
      [sent.right, sent.manner, sent.state, sent.reason],
      ["erasure", "form", "completed", null],
    );
    assert.equal(typeof sent.answeredAt, "number");
  });

  test("a hold keeps the file, too, until it is released", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office);
    await office.dpo.requests.deny(id, { reason: "excessive" });
    const ada = await office.dpo.subject("ada");
    const hold = await ada.hold({ case: "12/26", reason: "litigation" });
    await assert.rejects(office.dpo.requests.sent(id), { code: "HELD" });
    office.oubli.clock.advance({ days: 40 });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).letters.length, 2);
    await ada.release(hold.id);
    office.oubli.clock.advance({ ms: 60_000 });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).letters.length, 0);
  });

  test("before it is answered there is nothing to have been sent", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office);
    await assert.rejects(office.dpo.requests.sent(id), { code: "REQUEST_STATE" });
  });

  test("an answer that nobody fetched is destroyed after 30 days; the row after 24 months", async () => {
    await using office = await openOffice();
    const { request: id } = await received(office, "erasure");
    await office.dpo.requests.advance(id);
    office.oubli.clock.advance({ days: 29 });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).letters.length, 2);
    office.oubli.clock.advance({ days: 2 });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).letters.length, 0);

    office.oubli.clock.advance({ days: 698 });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).state, "completed");
    office.oubli.clock.advance({ days: 4 });
    await office.oubli.sweep();
    await assert.rejects(office.dpo.requests.show(id), { code: "NOT_FOUND" });
  });

  test("under HIPAA it is kept for six years", async () => {
    await using office = await openOffice({ packs: [gdpr(), hipaa()] });
    const { request: id } = await received(office, "erasure");
    await office.dpo.requests.advance(id);
    await office.dpo.requests.sent(id);
    office.oubli.clock.advance({ days: 6 * 365 });
    await office.oubli.sweep();
    assert.equal((await office.dpo.requests.show(id)).state, "completed");
    office.oubli.clock.advance({ days: 4 });
    await office.oubli.sweep();
    await assert.rejects(office.dpo.requests.show(id), { code: "NOT_FOUND" });
  });
});
