import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { entriesOf, held, NOTICE, openPeople, PLAN, TEA } from "../world.ts";

const CASE = { case: "case-7", reason: "litigation" } as const;

async function openHeld(scope: "nodes" | "category" | "purpose" | "person" = "nodes") {
  const world = await openPeople();
  const chat = world.ada.session({ purpose: "support" });
  const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
  const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
  const narrowed = {
    nodes: { nodes: [tea!] },
    category: { category: "preference" },
    purpose: { purpose: "support" },
    person: {},
  } as const;
  const hold = await world.officer.hold({ ...CASE, ...narrowed[scope] });
  return { ...world, chat, tea: tea!, plan: plan!, hold };
}

// Goal: what is needed for a legal claim outlives every way there is to destroy it.
describe("GDPR Art. 17(3)(e): a legal hold beats every destructive path", () => {
  test("forget: the held memory is refused, and stays as it was", async () => {
    await using world = await openHeld();

    await assert.rejects(world.ada.forget(world.tea), { code: "HELD", message: /nodes: 1/ });

    assert.deepEqual(await held(world.ada.self()), [PLAN, TEA]);
  });

  test("forget of several: what is free goes, and the certificate reports what was held", async () => {
    await using world = await openHeld();

    const { entry } = await world.ada.forget([world.tea, world.plan]);

    assert.deepEqual(entry["scope"], { nodes: 1, held: 1, subject: false });
    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("the certificate says which hold kept how much, and why; not for which case", async () => {
    await using world = await openHeld();
    world.clock.advance({ days: 1 });
    const second = await world.officer.hold({ case: "case-8", reason: "litigation" });
    const { hold } = world;
    const byFirst = { hold: hold.id, reason: "litigation", nodes: 1 };

    const erased = await world.ada.erase();

    assert.deepEqual(erased.entry["keptBy"], [
      byFirst,
      { hold: second.id, reason: "litigation", nodes: 2 },
    ]);
    assert.ok(!erased.json.includes("case-"));
    assert.ok(!Buffer.from(JSON.parse(erased.json).entry, "base64").includes("case-"));
  });

  test("a certificate of a forget counts what each hold kept, also of what was derived", async () => {
    await using world = await openHeld();
    const chat = world.ada.session({ purpose: "support" });
    const [note] = (await chat.derive([world.plan], () => "a note")).nodes;
    world.clock.advance({ days: 1 });
    const second = await world.officer.hold({ ...CASE, nodes: [note!] });

    const { entry } = await world.ada.forget([world.tea, world.plan]);

    assert.deepEqual(entry["scope"], { nodes: 1, held: 2, subject: false });
    assert.deepEqual(entry["keptBy"], [
      { hold: world.hold.id, reason: "litigation", nodes: 1 },
      { hold: second.id, reason: "litigation", nodes: 1 },
    ]);
  });

  test("where nothing was held, nothing kept anything", async () => {
    await using world = await openHeld();
    const { entry } = await world.ada.forget(world.plan);
    assert.deepEqual(entry["keptBy"], []);
  });

  for (const scope of ["category", "purpose", "person"] as const) {
    test(`a hold on a whole ${scope} is as strong as one that names the memory`, async () => {
      await using world = await openHeld(scope);
      await assert.rejects(world.ada.forget(world.tea), { code: "HELD" });
    });
  }

  test("erase: the held memories stay, and are counted; the person is out of use from then on", async () => {
    await using world = await openHeld();
    assert.deepEqual(await world.ada.plan(), { nodes: 2, derived: 0, held: 1 });

    const { entry } = await world.ada.erase();

    assert.deepEqual(entry["scope"], { nodes: 1, held: 1, subject: true });
    assert.deepEqual(await world.officer.plan(), { nodes: 1, derived: 0, held: 1 });
    await assert.rejects(world.chat.recall("tea"), { code: "SUBJECT_ERASED" });
    assert.equal((await world.oubli.find("ada"))?.id, world.ada.id);
  });

  test("correct: the held revision may not be replaced", async () => {
    await using world = await openHeld();

    await assert.rejects(world.ada.correct(world.tea, "prefers jam", { purpose: "support" }), {
      code: "HELD",
    });
    assert.equal((await world.ada.get(world.tea, { purpose: "support" })).content, TEA);
  });

  test("sweep: what expired and is held stays, unreadable", async () => {
    await using world = await openHeld();
    world.clock.advance({ days: 800 });

    const report = await world.oubli.sweep();

    assert.deepEqual([report.expired, report.held], [1, 1]);
    assert.deepEqual(await world.officer.plan(), { nodes: 1, derived: 0, held: 1 });
  });

  test("withdraw: what rested on the consent and is held stays, unreadable", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant({ purpose: "newsletter", ...NOTICE });
    const chat = world.ada.session({ purpose: "newsletter" });
    await chat.remember(TEA);
    const { id } = await world.officer.hold(CASE);

    const { erased } = await world.ada.consent.withdraw({ purpose: "newsletter", ...NOTICE });

    assert.deepEqual(erased, []);
    assert.deepEqual(await held(world.ada.self()), [TEA]);
    await assert.rejects(chat.recall("tea"), { code: "CONSENT_MISSING" });

    await world.officer.release(id);
    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("rotation: the key of what is held survives the end of its epoch", async () => {
    await using world = await openHeld();
    await world.ada.forget([world.tea, world.plan]);
    await world.oubli.rotate();

    assert.equal((await world.ada.get(world.tea, { purpose: "support" })).content, TEA);
  });

  test("the release carries out what the hold had deferred", async () => {
    await using world = await openHeld();
    await world.ada.forget([world.tea, world.plan]);

    const [certificate] = await world.officer.release(world.hold.id);

    assert.deepEqual(certificate!.entry["scope"], { nodes: 1, held: 0, subject: false });
    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("after an erasure, the release erases the rest, and with it the name", async () => {
    await using world = await openHeld();
    await world.ada.erase();

    const [certificate] = await world.officer.release(world.hold.id);

    assert.deepEqual(certificate!.entry["scope"], { nodes: 1, held: 0, subject: true });
    assert.equal(await world.oubli.find("ada"), null);
  });

  test("of two holds on one memory, the release of one changes nothing", async () => {
    await using world = await openHeld();
    const second = await world.officer.hold({ ...CASE, nodes: [world.tea] });
    await world.ada.erase();

    assert.deepEqual(await world.officer.release(world.hold.id), []);
    assert.deepEqual(await world.officer.plan(), { nodes: 1, derived: 0, held: 1 });
    assert.equal((await world.officer.release(second.id)).length, 1);
  });

  test("the privacy officer places and releases; the application and the person do not", async () => {
    await using world = await openHeld();

    for (const subject of [world.ada, world.ada.self()]) {
      await assert.rejects(subject.hold(CASE), { code: "POLICY_REFUSED" });
      await assert.rejects(subject.release(world.hold.id), { code: "POLICY_REFUSED" });
    }
    assert.deepEqual(await world.officer.holds(), [world.hold]);
  });

  test("a person who is held, and has no memories yet, keeps their name and their key", async () => {
    await using world = await openPeople();
    const { id } = await world.officer.hold(CASE);
    await assert.rejects(world.ada.erase(), { code: "HELD" });
    assert.equal((await world.oubli.find("ada"))?.id, world.ada.id);

    await world.officer.release(id);
    assert.equal((await world.ada.erase()).stage, "executed");
  });

  test("a refusal for a hold, or for nothing to erase, is in the log", async () => {
    await using world = await openHeld();
    await assert.rejects(world.ada.forget(world.tea), { code: "HELD" });
    await assert.rejects(world.ada.forget(`node_${"A".repeat(22)}`), { code: "ZERO_SCOPE" });

    const denied = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "deny");
    assert.deepEqual(
      denied.map(({ verb, reason }) => [verb, reason]),
      [
        ["forget", "HELD"],
        ["forget", "ZERO_SCOPE"],
      ],
    );
  });

  test("a hold on one person keeps nothing of another", async () => {
    await using world = await openHeld("person");
    const chat = world.bob.session({ purpose: "support" });
    await chat.remember(TEA, { category: "preference" });

    assert.equal((await world.bob.erase()).stage, "executed");
    assert.equal(await world.oubli.find("bob"), null);
  });

  test("a hold on a purpose or a memory that is not there is refused: it would keep nothing", async () => {
    await using world = await openHeld();
    const gone = (await world.chat.remember("a slip", { category: "preference" })).nodes[0]!;
    await world.ada.forget(gone);

    await assert.rejects(world.officer.hold({ ...CASE, purpose: "suport" }), {
      code: "PURPOSE_UNKNOWN",
    });
    await assert.rejects(world.officer.hold({ ...CASE, nodes: [gone] }), { code: "NOT_FOUND" });
    assert.equal((await world.officer.holds()).length, 1);
  });
});
