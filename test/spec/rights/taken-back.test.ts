import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openOffice, received, type Office } from "./office.ts";

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

  test("is no answer to others, but a denial of it is", async () => {
    await using office = await openOffice();
    await office.person("ada");
    const first = await received(office, ASKED);
    const second = await received(office, ASKED);
    await office.dpo.requests.deny(first, { reason: "excessive" });
    assert.equal((await office.dpo.requests.show(second)).state, "duplicate");
  });
});
