import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { SourceFailure } from "#sources";

import { openOffice, received } from "../rights/office.ts";
import { eraseAda, officer, withSystems } from "./elsewhere-world.ts";
import { otherSystem } from "./other-system.ts";

const email = "ada@example.org";
const COURT = { case: "4 O 17/26", reason: "legal-claims" };

/** A shop that finds nobody without their address. */
const shop = () => otherSystem("shop", { identifiers: ["email"] });

describe("B4: what a hold deferred goes on with the case that it began with", () => {
  test("a release goes on with the names that the erasure was given: one case, one certificate", async () => {
    const crm = shop();
    const { oubli } = await withSystems([crm]);
    const ada = (await officer(oubli).find("ada"))!;
    const hold = await ada.hold(COURT);
    const begun = await eraseAda(oubli, { identifiers: { email } });
    assert.deepEqual([begun.targets!.complete, crm.asked.length], [false, 0]);
    const [released] = await ada.release(hold.id);
    assert.equal(released!.targets!.case, begun.targets!.case);
    assert.notEqual(released!.targets!.certificate, null);
    assert.deepEqual(crm.asked[0]!.who.identifiers, { email });
    const { length } = await officer(oubli).sources.erasures();
    assert.equal(length, 1);
    await oubli.close();
  });

  test("a hold on some memories opens no second case in systems that are done", async () => {
    const crm = shop();
    const { oubli, ada } = await withSystems([crm]);
    await ada.session({ purpose: "assistant" }).remember("likes jam");
    const person = (await officer(oubli).find("ada"))!;
    const [first] = (await person.list()).nodes;
    const hold = await person.hold({ ...COURT, nodes: [first!.id] });
    const { targets } = await eraseAda(oubli, { identifiers: { email } });
    assert.equal(targets!.complete, true);
    await person.release(hold.id);
    assert.equal((await officer(oubli).sources.erasures()).length, 1);
    await oubli.close();
  });

  test("a request waits for the hold by its name, and is answered behind its release", async () => {
    const crm = shop();
    await using office = await openOffice({}, { sources: [crm.source] });
    await office.person("ada", ["likes tea"]);
    const person = await office.dpo.subject("ada");
    const hold = await person.hold({ case: "12/26", reason: "litigation" });
    const [memory] = (await person.list()).nodes;
    assert.ok(memory);
    const id = await received(office, { person: "ada", right: "erasure", identifiers: { email } });
    assert.deepEqual((await office.dpo.requests.advance(id)).waitingFor, ["hold"]);
    await person.release(hold.id);
    office.oubli.clock.advance({ days: 1 });
    await office.oubli.sweep();
    const { state } = await office.dpo.requests.show(id);
    assert.match(state, /^completed/);
  });

  test("names that a request is given reach an erasure which was begun without them", async () => {
    const crm = otherSystem("shop", {
      async erase({ identifiers }) {
        if (identifiers["email"] === undefined) throw new SourceFailure("identifier-missing");
        return { status: "done", recordsDeleted: 1, collections: [] };
      },
      verify: async () => ({ remaining: 0 }),
    });
    await using office = await openOffice({}, { sources: [crm.source] });
    await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure" });
    const { waitingFor } = await office.dpo.requests.advance(id);
    assert.deepEqual(waitingFor, ["shop", "identifier-missing"]);
    const done = await office.dpo.requests.advance(id, { identifiers: { email } });
    assert.match(done.state, /^completed/);
  });
});
