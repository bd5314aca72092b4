import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { defineSource } from "#sources";

import { letter, openOffice, received } from "./office.ts";

describe("a person who was erased meanwhile", () => {
  const RIGHTS = ["access", "portability", "rectification", "restriction", "objection"] as const;

  for (const right of RIGHTS) {
    test(`${right}: the answer says that nothing is left, and claims no more`, async () => {
      await using office = await openOffice();
      const ada = await office.person("ada", ["likes tea"]);
      const [node] = (await ada.self().list()).nodes;
      const corrections = [{ node: node!.id, content: "likes jam" }];
      const wanted = right === "rectification" ? { corrections } : {};
      const id = await received(office, { person: "ada", right, ...wanted });
      await ada.self().erase();

      const { state, exceptions } = await office.dpo.requests.advance(id);
      assert.deepEqual([state, exceptions], ["completed-with-exceptions", ["erased-meanwhile"]]);
      const text = await letter(office, id);
      assert.match(text, /Your data were erased meanwhile/);
      assert.doesNotMatch(text, /are stored|We corrected|are no longer used/);
    });
  }

  test("a request that waited for somebody is answered by itself", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "access" });
    assert.deepEqual((await office.dpo.requests.advance(id)).waitingFor, ["package"]);
    await ada.self().erase();
    office.oubli.clock.advance({ days: 16 });
    await office.oubli.sweep();
    const { state, exceptions } = await office.dpo.requests.show(id);
    assert.deepEqual([state, exceptions], ["completed-with-exceptions", ["erased-meanwhile"]]);
  });

  test("what a hold keeps of them is named", async () => {
    await using office = await openOffice();
    const ada = await office.person("ada", ["likes tea", "likes jam"]);
    const person = await office.dpo.subject("ada");
    const [first] = (await person.list()).nodes;
    await person.hold({ case: "12/26", reason: "litigation", nodes: [first!.id] });
    const id = await received(office, { person: "ada", right: "access" });
    await ada.self().erase();
    const { exceptions } = await office.dpo.requests.advance(id);
    assert.deepEqual(exceptions, ["erased-meanwhile", "held"]);
    assert.match(await letter(office, id), /A legal hold keeps 1 memory/);
  });
});

describe("a request whose execution fails", () => {
  const books = (broken: { now: boolean }) =>
    defineSource({
      name: "books",
      erase: async () => ({
        status: "done",
        recordsDeleted: 1,
        collections: [
          {
            name: "invoices",
            records: 1,
            strategy: "preserve",
            ground: "tax-law",
            keepUntil: (broken.now ? Number.MAX_SAFE_INTEGER : Date.UTC(2036, 0, 1)) as never,
          },
        ],
      }),
      verify: async () => ({ remaining: 0 }),
    });

  test("an end that no calendar has is no answer of a system, and is asked for again", async () => {
    const broken = { now: true };
    await using office = await openOffice({}, { sources: [books(broken)] });
    await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure" });
    const { state, waitingFor } = await office.dpo.requests.advance(id);
    assert.deepEqual([state, waitingFor], ["waiting", ["books"]]);

    broken.now = false;
    for (let day = 0; day < 2; day += 1) {
      office.oubli.clock.advance({ days: 1 });
      await office.oubli.sweep();
    }
    assert.equal((await office.dpo.requests.show(id)).state, "completed-with-exceptions");
    assert.match(await letter(office, id), /as tax law asks until 1 January 2036/);
  });

  test("it waits under the error's name, and may be denied", async () => {
    const embedder = {
      name: "planted",
      async embed(texts: readonly string[]) {
        if (texts.includes("likes jam")) throw new Error("cannot take jam");
        return texts.map(() => new Float32Array([1]));
      },
    };
    await using office = await openOffice({}, { embedder });
    const ada = await office.person("ada", ["likes tea"]);
    const [node] = (await ada.self().list()).nodes;
    const corrections = [{ node: node!.id, content: "likes jam" }];
    const id = await received(office, { person: "ada", right: "rectification", corrections });
    await assert.rejects(office.dpo.requests.advance(id), { code: "EMBEDDER_INVALID" });
    const { state, waitingFor } = await office.dpo.requests.show(id);
    assert.deepEqual([state, waitingFor], ["waiting", ["embedder-invalid"]]);
    const denied = await office.dpo.requests.deny(id, { reason: "accurate-and-complete" });
    assert.equal(denied.state, "denied");
  });
});
