import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AUDITOR, OFFICER, openPeople } from "../world.ts";

// Goal: what a person wrote in a request is theirs as their memories are: who read it is told.

const CONTROLLER = { controller: { name: "C", contact: { email: "privacy@c.example" } } };
const ASKED = { right: "access", manner: "form", identity: "session" } as const;

describe("a request that the officer reads", () => {
  test("is seen by the person among who read what, and counts for a stolen credential", async () => {
    await using world = await openPeople(CONTROLLER);
    const { oubli, ada, bob, clock } = world;
    const details = "I was ill in March";
    const { request } = await oubli.requests.receive({ ...ASKED, person: "ada", details });
    await oubli.requests.receive({ ...ASKED, person: "bob" });
    clock.advance({ days: 1 });
    const stolen = { ...OFFICER, id: "stolen" };

    const { details: read } = await oubli.as(stolen).requests.show(request.request);
    await oubli.as(AUDITOR).requests.show(request.request);

    assert.equal(read, details);
    const told = (await ada.self().accesses()).filter(({ type }) => type === "request.read");
    assert.deepEqual(
      told.map(({ actor }) => actor.id),
      ["stolen"],
    );
    assert.ok((await bob.self().accesses()).every(({ type }) => type !== "request.read"));
    const scope = { actor: "stolen", from: clock.now() - 1000 };
    const { people, items } = await oubli.as(OFFICER).breach.scope(scope);
    assert.deepEqual([people, items], [1, 0]);
  });
});
