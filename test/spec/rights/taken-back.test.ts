import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS } from "#kernel";

import { memoryRegion, OFFICER } from "../../proofs/support/region.ts";
import { FROM_SESSION, openOffice, received, type Office } from "./office.ts";

const ASKED = { person: "ada", right: "access" } as const;

async function unproven(office: Office): Promise<string> {
  const { request } = await office.oubli.requests.receive({ ...ASKED, manner: "email" });
  return request.request;
}

describe("a proven request that is taken back", () => {
  test("leaves another for the same to be answered, in its own time", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const first = await received(office, ASKED);
    office.oubli.clock.advance({ days: 3 });
    const second = await received(office, ASKED);
    const { state, answerBy } = await office.dpo.requests.show(second);
    assert.equal(state, "duplicate");

    await office.dpo.requests.withdraw(first);

    const again = await office.dpo.requests.show(second);
    assert.partialDeepStrictEqual(again, {
      state: "acknowledged",
      duplicateOf: null,
      answeredAt: null,
      waitingFor: [],
      answerBy,
    });
    assert.deepEqual(
      again.letters.map(({ letter }) => letter),
      ["acknowledgement"],
    );
    assert.deepEqual((await office.dpo.requests.advance(second)).waitingFor, ["package"]);
  });

  test("has those that are not proven linked to one that is, however old they are", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const first = await received(office, ASKED);
    const unsure = await unproven(office);
    office.oubli.clock.advance({ days: 1 });
    const sure = await received(office, ASKED);

    await office.dpo.requests.withdraw(first);

    assert.equal((await office.dpo.requests.show(sure)).state, "acknowledged");
    assert.equal((await office.dpo.requests.show(unsure)).duplicateOf, sure);
  });

  test("does not link one that asks for more to one that asks for less", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const details = "the chats of 2019";
    const first = await received(office, { ...ASKED, details });
    const less = await received(office, ASKED);
    office.oubli.clock.advance({ days: 1 });
    const more = await received(office, { ...ASKED, details });

    await office.dpo.requests.withdraw(first);

    for (const id of [less, more]) {
      assert.equal((await office.dpo.requests.show(id)).state, "acknowledged");
    }
  });

  test("leaves another to be answered also when it was open for longer than answers are kept", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const first = await received(office, ASKED);
    const second = await received(office, ASKED);
    office.oubli.clock.advance({ days: 20 });
    await office.dpo.requests.extend(first, { reason: "complexity" });
    office.oubli.clock.advance({ days: 15 });
    await office.oubli.requests.tend();
    // It is looked at when answers are, and not at every turn.
    const notes = (await office.entries("request")).length;
    await office.oubli.requests.tend();
    assert.equal((await office.entries("request")).length, notes);

    await office.dpo.requests.withdraw(first);

    assert.equal((await office.dpo.requests.show(second)).state, "acknowledged");
    await office.dpo.requests.withdraw(second);
    office.oubli.clock.advance({ days: 31 });
    assert.equal((await office.oubli.requests.tend()).closed, 2);
  });

  test("leaves another to be received again behind a crash", async () => {
    const region = memoryRegion();
    let dies = false;
    const { oubli } = await region.open({
      around: async ({ port, method }, go) => {
        if (dies && port === "cases" && method === "list") throw new Error("killed");
        return go();
      },
    });
    await oubli.subject("ada");
    const ask = async () =>
      (await oubli.requests.receive({ ...ASKED, ...FROM_SESSION })).request.request;
    const first = await ask();
    region.clock.advance(1);
    const second = await ask();
    const { requests } = oubli.as(OFFICER);
    dies = true;
    await assert.rejects(requests.withdraw(first));
    dies = false;
    assert.equal((await requests.show(first)).state, "withdrawn");

    region.clock.advance(31 * DAY_MS);
    await oubli.requests.tend();

    assert.equal((await requests.show(second)).state, "received");
    await oubli.close();
  });

  test("is no answer to others, but a denial of it is", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const first = await received(office, ASKED);
    const second = await received(office, ASKED);
    await office.dpo.requests.deny(first, { reason: "excessive" });
    assert.equal((await office.dpo.requests.show(second)).state, "duplicate");
  });
});
