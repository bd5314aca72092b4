import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { otherSystem } from "../office/other-system.ts";
import { letter, openOffice, received, type Office } from "../rights/office.ts";

describe("recipients are told (GDPR Art. 19)", () => {
  test("another system that holds people is still to be told of a restriction", async () => {
    const { source } = otherSystem("crm");
    await using office = await openOffice({}, { sources: [source] });
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "restriction" });
    const done = await office.dpo.requests.advance(id);
    assert.deepEqual(done.exceptions, ["recipients-not-told"]);
    const text = await letter(office, id);
    assert.match(
      text,
      /systems of ours may hold your data too, and are still to be changed: crm\./,
    );
    assert.doesNotMatch(text, /had received/);
    const again = await received(office, { person: "ada", right: "restriction" });
    const told = await office.dpo.requests.advance(again, { told: ["crm"] });
    assert.equal(told.state, "completed");
  });

  async function restricted(office: Office): Promise<string> {
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "restriction" });
    await office.dpo.requests.advance(id);
    return id;
  }

  test("an answer waits for each that is still to be told, and is complete with the last", async () => {
    const sources = [otherSystem("crm").source, otherSystem("shop").source];
    await using office = await openOffice({}, { sources });
    const id = await restricted(office);
    const { state, waitingFor } = await office.dpo.requests.show(id);
    assert.deepEqual([state, waitingFor], ["completed-with-exceptions", ["crm", "shop"]]);

    office.oubli.clock.advance({ days: 2 });
    const one = await office.dpo.requests.told(id, ["crm"]);
    assert.deepEqual([one.state, one.waitingFor], ["completed-with-exceptions", ["shop"]]);
    const toldAt = office.oubli.clock.now();
    assert.deepEqual(one.recipients, [
      { recipient: "crm", toldAt, because: null },
      { recipient: "shop", toldAt: null, because: null },
    ]);
    await assert.rejects(office.dpo.requests.notTold(id, "crm", { because: "impossible" }), {
      code: "INPUT_INVALID",
      details: { field: "recipient", given: "crm", accepted: ["shop"] },
    });
    const last = await office.dpo.requests.advance(id, { told: ["shop"] });
    assert.deepEqual([last.state, last.exceptions, last.waitingFor], ["completed", [], []]);
    assert.equal(last.answeredAt, last.receivedAt);
    // What is sealed goes a month behind the answer, whenever the last of them was told.
    office.oubli.clock.advance({ days: 29 });
    assert.equal((await office.oubli.requests.tend()).closed, 1);
  });

  test("the letter says who knows of it when it is sent, not when it was written first", async () => {
    const sources = ["shop", "uploads", "crm"].map((name) => otherSystem(name).source);
    await using office = await openOffice({}, { sources });
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "restriction" });
    await office.dpo.requests.advance(id, { explanation: "Thank you for writing." });
    const before = await office.dpo.requests.show(id);
    office.oubli.clock.advance({ days: 2 });
    await office.dpo.requests.told(id, ["shop"]);
    const { letters } = await office.dpo.requests.notTold(id, "uploads", { because: "impossible" });

    assert.equal(letters.length, before.letters.length);
    const { text, at } = letters.at(-1)!;
    assert.equal(at, office.oubli.clock.now());
    for (const said of [
      "Your data are stored and not used for anything.",
      "These were told, and did the same: shop.",
      "We could not tell uploads: that proved impossible",
      "are still to be changed: crm.",
      "Thank you for writing.",
    ]) {
      assert.ok(text.includes(said), text);
    }
    // What was said beside it stays.
    await office.dpo.requests.announceLift(id);
    const last = await office.dpo.requests.told(id, ["crm"]);
    assert.deepEqual(
      last.letters.map(({ letter }) => letter),
      ["acknowledgement", "answer", "lift"],
    );
    assert.match(last.letters[1]!.text, /did the same: crm, shop\./);
  });

  test("a person who asked who is told of it is written to when more know than the answer said", async () => {
    const sources = ["shop", "uploads", "crm"].map((name) => otherSystem(name).source);
    await using office = await openOffice({}, { sources });
    const { requests } = office.dpo;
    await office.person("ada");
    const asked = { person: "ada", right: "restriction" } as const;
    const id = await received(office, { ...asked, recipients: true });
    await assert.rejects(requests.informOfRecipients(id), { code: "REQUEST_STATE" });
    await requests.advance(id);
    // Until it is sent, the answer itself says so.
    assert.equal((await requests.told(id, ["shop"])).toInform, false);
    await requests.sent(id);
    assert.equal((await requests.told(id, ["crm"])).toInform, true);
    const first = await requests.informOfRecipients(id);
    assert.match(first.text, /These were told: crm, shop\./);
    assert.match(first.text, /still to be told: uploads\./);
    assert.equal((await requests.show(id)).toInform, true, "one of them is left");
    await requests.notTold(id, "uploads", { because: "impossible" });
    const last = await requests.informOfRecipients(id, { explanation: "It was shut down." });
    assert.match(last.text, /We could not tell uploads[^]*It was shut down\./);
    assert.doesNotMatch(last.text, /still to be/);
    assert.equal((await requests.show(id)).toInform, false);
    assert.equal((await office.entries("request")).at(-1)!["informed"], true);
  });

  test("one who did not ask is not written to by itself, and may ask later; of nobody there is no letter", async () => {
    await using office = await openOffice({}, { sources: [otherSystem("crm").source] });
    const { requests } = office.dpo;
    const id = await restricted(office);
    await requests.sent(id);
    assert.equal((await requests.told(id, ["crm"])).toInform, false);
    assert.match((await requests.informOfRecipients(id)).text, /These were told: crm\./);
    await using alone = await openOffice();
    await assert.rejects(alone.dpo.requests.informOfRecipients(await restricted(alone)), {
      code: "DRAFT_INCOMPLETE",
    });
  });

  test("who told whom, and when, stands in the ledger", async () => {
    await using office = await openOffice({}, { sources: [otherSystem("crm").source] });
    const id = await restricted(office);
    office.oubli.clock.advance({ days: 2 });
    await office.dpo.requests.told(id, ["crm"]);
    const entry = (await office.entries("request")).at(-1)!;
    assert.partialDeepStrictEqual(entry, {
      actor: { kind: "staff", id: "dpo" },
      case: id,
      told: ["crm"],
      from: "completed-with-exceptions",
      to: "completed",
      ts: office.oubli.clock.now(),
    });
  });

  test("one who cannot be told stays an exception, with its reason and where that is reasoned", async () => {
    const sources = [otherSystem("crm").source];
    await using office = await openOffice({ codes: { documents: ["MEMO-7"] } }, { sources });
    const id = await restricted(office);
    const why = { because: "disproportionate-effort", document: "MEMO-7" } as const;
    const done = await office.dpo.requests.notTold(id, "crm", why);
    assert.deepEqual(
      [done.state, done.exceptions, done.waitingFor],
      ["completed-with-exceptions", ["recipients-not-tellable"], []],
    );
    const entry = (await office.entries("request")).at(-1)!;
    assert.partialDeepStrictEqual(entry, { notTold: ["crm"], ...why });
    // Somebody found a way after all.
    assert.equal((await office.dpo.requests.told(id, ["crm"])).state, "completed");
    await assert.rejects(office.dpo.requests.notTold(id, "crm", why), { code: "REQUEST_STATE" });
  });

  test("a reason that is known before the answer stands in its letter", async () => {
    await using office = await openOffice({}, { sources: [otherSystem("crm").source] });
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "restriction" });
    await office.dpo.requests.notTold(id, "crm", { because: "impossible" });
    const done = await office.dpo.requests.advance(id);
    assert.deepEqual(done.exceptions, ["recipients-not-tellable"]);
    assert.match(await letter(office, id), /We could not tell crm: that proved impossible/);
  });

  test("they can be told after the file of the request is gone, and the log keeps its end", async () => {
    await using office = await openOffice({}, { sources: [otherSystem("crm").source] });
    const id = await restricted(office);
    const closed = await office.dpo.requests.sent(id);
    assert.deepEqual(closed.waitingFor, ["crm"]);
    const told = await office.dpo.requests.told(id, ["crm"]);
    assert.deepEqual([told.state, told.closedAt], ["completed", closed.closedAt]);
    office.oubli.clock.advance({ days: 60 });
    assert.equal((await office.oubli.requests.tend()).closed, 0);
  });

  test("nobody is told of what was turned down, or is not proven; nor by a name that is nobody's", async () => {
    await using office = await openOffice({}, { sources: [otherSystem("crm").source] });
    await office.person("ada");
    const asked = { person: "ada", right: "restriction", manner: "email" } as const;
    const { request } = await office.oubli.requests.receive(asked);
    const tell = (...names: string[]) => office.dpo.requests.told(request.request, names);
    await assert.rejects(tell("crm"), { code: "REQUEST_STATE" });
    await assert.rejects(tell("nobody"), { code: "INPUT_INVALID" });
    await assert.rejects(tell(), { code: "INPUT_INVALID" });
    const auditor = office.auditor.requests.told(request.request, ["crm"]);
    await assert.rejects(auditor, { code: "POLICY_REFUSED" });
    const denied = await received(office, { person: "ada", right: "restriction" });
    await office.dpo.requests.deny(denied, { reason: "excessive" });
    await assert.rejects(office.dpo.requests.told(denied, ["crm"]), { code: "REQUEST_STATE" });
  });

  const processors = {
    model: {
      role: "processor",
      region: "default",
      country: "IE",
      dpa: { signed: "2025-01-01", document: "DPA-1" },
      trainsOnData: false,
      retention: "30 days",
      purposes: ["support"],
      categories: ["preference"],
    },
  } as const;

  test("one who was given something and not told is an exception that the letter names", async () => {
    await using office = await openOffice({ processors });
    const ada = await office.person("ada", ["likes tea"]);
    const [node] = (await ada.self().list()).nodes;
    await ada.session({ purpose: "support" }).disclose("model", [node!.id], async () => null);
    const id = await received(office, { person: "ada", right: "erasure" });
    const done = await office.dpo.requests.advance(id);
    assert.deepEqual(done.exceptions, ["recipients-not-told"]);
    assert.match(await letter(office, id), /still to be told: model/);
  });

  test("one who was told stands in the letter; a name that is nobody's is refused", async () => {
    await using office = await openOffice({ processors });
    const ada = await office.person("ada", ["likes tea"]);
    const [node] = (await ada.self().list()).nodes;
    await ada.session({ purpose: "support" }).disclose("model", [node!.id], async () => null);
    const id = await received(office, { person: "ada", right: "erasure" });
    await assert.rejects(office.dpo.requests.advance(id, { told: ["nobody"] }), {
      code: "INPUT_INVALID",
    });
    assert.equal((await office.dpo.requests.advance(id, { told: ["model"] })).state, "completed");
    assert.match(await letter(office, id), /did the same: model/);
  });
});
