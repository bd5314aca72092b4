import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FROM_SESSION, openOffice, type Office } from "./office.ts";

const UNPROVEN = { person: "ada", right: "erasure", manner: "email" } as const;

async function unproven(office: Office): Promise<{ id: string; code: string }> {
  await office.person("ada", ["likes tea"]);
  const { request, code } = await office.oubli.requests.receive(UNPROVEN);
  assert.equal(request.state, "identity-pending");
  return { id: request.request, code: code! };
}

const refused = (left: number) => ({ code: "IDENTITY_REFUSED", left });

async function wrong(office: Office, id: string, left: number): Promise<void> {
  await assert.rejects(office.oubli.requests.prove(id, "AAAAA-AAAAA"), (error: never) => {
    const { code, details } = error as { code: string; details: { left: number } };
    assert.deepEqual({ code, left: details.left }, refused(left));
    return true;
  });
}

describe("who asks is made sure of by a one-time code (GDPR Art. 12(6))", () => {
  test("the code opens the way, in any case and without its dash", async () => {
    await using office = await openOffice();
    const { id, code } = await unproven(office);
    const proven = await office.oubli.requests.prove(id, code.toLowerCase().replace("-", " "));
    assert.equal(proven.state, "acknowledged");
    assert.equal(proven.identity, "code");
    assert.equal((await office.dpo.requests.advance(id)).state, "completed");
  });

  test("it opens it once", async () => {
    await using office = await openOffice();
    const { id, code } = await unproven(office);
    await office.oubli.requests.prove(id, code);
    await assert.rejects(office.oubli.requests.prove(id, code), { code: "REQUEST_STATE" });
  });

  test("after five wrong ones the request is denied, and the right one is too late", async () => {
    await using office = await openOffice();
    const { id, code } = await unproven(office);
    for (const left of [4, 3, 2, 1, 0]) await wrong(office, id, left);
    await assert.rejects(office.oubli.requests.prove(id, code), { code: "REQUEST_STATE" });
    const { state, reason, letters } = await office.dpo.requests.show(id);
    assert.deepEqual([state, reason], ["denied", "insufficient-verification"]);
    assert.match(letters.at(-1)!.text, /we could not make sure that the request came from you/);
  });

  test("a code is over after a day", async () => {
    await using office = await openOffice();
    const { id, code } = await unproven(office);
    office.oubli.clock.advance({ days: 1, ms: 1 });
    await assert.rejects(office.oubli.requests.prove(id, code), { code: "IDENTITY_REFUSED" });
  });

  test("a further code ends the one before, brings no further tries, and there are three", async () => {
    await using office = await openOffice();
    const { id, code } = await unproven(office);
    await wrong(office, id, 4);
    const { code: second } = await office.oubli.requests.anotherCode(id);
    await assert.rejects(office.oubli.requests.prove(id, code), { code: "IDENTITY_REFUSED" });
    const { code: third } = await office.oubli.requests.anotherCode(id);
    await assert.rejects(office.oubli.requests.anotherCode(id), { code: "IDENTITY_REFUSED" });
    assert.equal(new Set([code, second, third]).size, 3);
    assert.equal((await office.oubli.requests.prove(id, third!)).state, "acknowledged");
  });

  test("guesses at the same time do not multiply: each counts, or is turned away unread", async () => {
    await using office = await openOffice();
    const { id } = await unproven(office);
    await Promise.allSettled(
      Array.from({ length: 40 }, () => office.oubli.requests.prove(id, "AAAAA-AAAAA")),
    );
    const attempts = (await office.entries("request")).filter(({ attempts: one }) => one);
    const numbers = attempts.map(({ attempts: one }) => one as number);
    assert.ok(Math.max(...numbers) <= 5);
  });

  test("the code is neither in the ledger nor in what is shown", async () => {
    await using office = await openOffice();
    const { id, code } = await unproven(office);
    const told = JSON.stringify([
      await office.entries("request"),
      await office.dpo.requests.show(id),
    ]);
    assert.ok(!told.includes(code) && !told.includes(code.replace("-", "")));
  });

  test("opting out and limiting use need no proof (11 CCR 7026(d), 7027)", async () => {
    await using office = await openOffice();
    await office.person("ada");
    for (const right of ["opt-out", "limit-use"] as const) {
      const { request, code } = await office.oubli.requests.receive({ ...UNPROVEN, right });
      assert.equal(code, null);
      assert.equal(request.state, "completed");
      assert.equal(request.identity, "none");
    }
  });
});

describe("a duplicate", () => {
  test("is linked to the one that is open, and goes no further", async () => {
    await using office = await openOffice();
    const { id } = await unproven(office);
    const second = await office.oubli.requests.receive(UNPROVEN);
    assert.equal(second.request.state, "duplicate");
    assert.equal(second.request.duplicateOf, id);
  });

  test("brings no new code, so it is no way around the tries", async () => {
    await using office = await openOffice();
    const { id } = await unproven(office);
    await wrong(office, id, 4);
    const second = await office.oubli.requests.receive(UNPROVEN);
    assert.equal(second.code, null);
    await assert.rejects(office.oubli.requests.anotherCode(second.request.request), {
      code: "REQUEST_STATE",
    });
    await wrong(office, id, 3);
  });

  test("of two at once one is linked to the other", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const both = await Promise.all([1, 2, 3].map(() => office.oubli.requests.receive(UNPROVEN)));
    assert.equal(both.filter(({ code }) => code !== null).length, 1);
  });

  test("of somebody who is known is never linked to one of somebody who is not", async () => {
    await using office = await openOffice();
    await unproven(office);
    const own = await office.oubli.requests.receive({ ...UNPROVEN, ...FROM_SESSION });
    assert.equal(own.request.state, "acknowledged");
    assert.equal((await office.dpo.requests.advance(own.request.request)).state, "completed");
  });

  test("what asks for more is none, and is carried out", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tee"]);
    const [node] = (await ada.self().list()).nodes;
    const own = { ...FROM_SESSION, person: "ada" } as const;
    const corrections = [{ node: node!.id, content: "likes tea" }];
    for (const asked of [
      { right: "objection", purposes: ["fraud"] },
      { right: "objection", purposes: ["support"] },
      { right: "rectification", details: "my name is wrong" },
      { right: "rectification", corrections },
      { right: "erasure" },
      { right: "erasure", identifiers: { email: "ada@example.org" } },
    ] as const) {
      const { request } = await office.oubli.requests.receive({ ...own, ...asked });
      assert.equal(request.state, "acknowledged", asked.right);
      const again = await office.oubli.requests.receive({ ...own, ...asked });
      assert.equal(again.request.duplicateOf, request.request, asked.right);
    }
  });

  test("is received again once the one that it was linked to ends unproven", async () => {
    await using office = await openOffice();
    const { id } = await unproven(office);
    const second = (await office.oubli.requests.receive(UNPROVEN)).request.request;
    office.oubli.clock.advance({ ms: 1 });
    const third = (await office.oubli.requests.receive(UNPROVEN)).request.request;
    for (const left of [4, 3, 2, 1, 0]) await wrong(office, id, left);

    const own = await office.dpo.requests.show(second);
    assert.deepEqual([own.state, own.waitingFor], ["received", ["identity"]]);
    assert.equal(own.answeredAt, null);
    assert.equal((await office.dpo.requests.show(third)).duplicateOf, second);
    const { code } = await office.oubli.requests.anotherCode(second);
    await office.oubli.requests.prove(second, code!);
    assert.equal((await office.dpo.requests.advance(second)).state, "completed");
  });

  test("of one that was denied as fraud is received again", async () => {
    await using office = await openOffice();
    const { id } = await unproven(office);
    const second = (await office.oubli.requests.receive(UNPROVEN)).request.request;
    await office.dpo.requests.deny(id, { reason: "suspected-fraud" });
    assert.equal((await office.dpo.requests.show(second)).state, "received");
  });

  test("three unproven ones of a day, each asking for other things, bring three codes", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const codes: (string | null)[] = [];
    for (const details of ["one", "two", "three", "four"]) {
      codes.push((await office.oubli.requests.receive({ ...UNPROVEN, details })).code);
    }
    assert.deepEqual(
      codes.map((code) => code !== null),
      [true, true, true, false],
    );
  });

  test("for another right is none", async () => {
    await using office = await openOffice();
    await unproven(office);
    const other = await office.oubli.requests.receive({ ...UNPROVEN, right: "access" });
    assert.equal(other.request.state, "identity-pending");
  });

  test("after three failed proofs of one day a further request is denied at once", async () => {
    await using office = await openOffice();
    await office.person("ada");
    for (let round = 0; round < 3; round += 1) {
      const { request } = await office.oubli.requests.receive(UNPROVEN);
      for (const left of [4, 3, 2, 1, 0]) await wrong(office, request.request, left);
    }
    const fourth = await office.oubli.requests.receive(UNPROVEN);
    assert.deepEqual(
      [fourth.request.state, fourth.request.reason],
      ["denied", "too-many-requests"],
    );
    assert.equal(fourth.code, null);
    office.oubli.clock.advance({ days: 2 });
    const later = await office.oubli.requests.receive(UNPROVEN);
    assert.equal(later.request.state, "identity-pending");
  });
});

test("nobody of that name: it is received all the same, and denied with no-match", async () => {
  await using office = await openOffice();
  const { request, code } = await office.oubli.requests.receive({ ...UNPROVEN, person: "nobody" });
  assert.deepEqual([request.state, request.subject, code], ["received", null, null]);
  assert.deepEqual(request.waitingFor, ["no-match"]);
  await assert.rejects(office.dpo.requests.advance(request.request), { code: "REQUEST_STATE" });
  await assert.rejects(office.oubli.requests.anotherCode(request.request), {
    code: "IDENTITY_REFUSED",
  });
  const denied = await office.dpo.requests.deny(request.request, { reason: "no-match" });
  assert.equal(denied.state, "denied");
  assert.equal(await office.oubli.find("nobody"), null);
});
