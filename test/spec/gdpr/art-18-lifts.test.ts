import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { memoryRegion, OFFICER } from "../../proofs/support/region.ts";
import { FROM_SESSION, openOffice, received, type Office } from "../rights/office.ts";

async function restricted(office: Office, details: string): Promise<string> {
  const id = await received(office, { person: "ada", right: "restriction", details });
  await office.dpo.requests.advance(id);
  return id;
}

async function lifted({ dpo }: Office, id: string): Promise<void> {
  await dpo.requests.announceLift(id);
  await dpo.requests.lift(id);
}

describe("the lift of one request's restriction", () => {
  test("leaves what another request asked for in force, until that is lifted too", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const chat = ada.session({ purpose: "support" });
    const one = await restricted(office, "my address is wrong");
    const other = await restricted(office, "my age is wrong");

    await lifted(office, one);

    await assert.rejects(chat.recall("tea"), { code: "SUBJECT_RESTRICTED" });
    const { restrictions } = await office.dpo.requests.show(other);
    assert.deepEqual(
      (await ada.restrictions()).map(({ id }) => id),
      restrictions,
    );
    await lifted(office, other);
    assert.equal((await chat.recall("tea")).nodes.length, 1);
  });

  test("leaves what the officer restricted on the same ground for another matter", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada");
    const own = await ada.restrict({ ground: "accuracy-contested" });
    const asked = await restricted(office, "my age is wrong");

    await lifted(office, asked);

    assert.deepEqual(
      (await ada.restrictions()).map(({ id }) => id),
      [own.id],
    );
  });

  test("leaves one that an earlier version gave to two requests, until the last is lifted", async () => {
    const region = memoryRegion();
    const { oubli, stores } = await region.open();
    const ada = await oubli.subject("ada");
    const dpo = oubli.as(OFFICER);
    const asked = { ...FROM_SESSION, person: "ada", right: "opt-out" } as const;
    const ask = async (details: string) => {
      const { request } = await oubli.requests.receive({ ...asked, details });
      return (await dpo.requests.sent(request.request)).request;
    };
    const ids = [await ask("one"), await ask("two")];
    const { id } = await ada.restrict({ ground: "accuracy-contested" });
    for (const request of ids) {
      const row = (await stores.cases.load("default" as never, request as never))!;
      const told = { liftToldAt: region.clock.now(), restrictions: [id] };
      const facts = { ...row.facts, ...told, right: "restriction" as never };
      await stores.cases.advance({ ...row, step: row.step + 1, facts });
    }

    const inForce: number[] = [];
    for (const request of ids) {
      await dpo.requests.lift(request);
      inForce.push((await ada.restrictions()).length);
    }
    assert.deepEqual(inForce, [1, 0]);
    await oubli.close();
  });
});
