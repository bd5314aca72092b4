import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ccpa, hipaa } from "#policy";

import { DAY, HOUR, NOW, openOffice, outbox, report, TEXTS } from "./breach-world.ts";

describe("letters to the people", () => {
  const critical = report({ severity: "critical", affectedUsers: ["ada", "bob"] });

  test("wait until their text is whole, and say what they lack", async () => {
    await using office = await openOffice();
    const { id, letters } = await office.breach.open(critical);
    assert.deepEqual(letters.lacks, ["whatHappened", "consequences"]);
    await office.breach.work();
    assert.equal(office.box.messages.filter(({ to }) => to.kind === "person").length, 0);
    await office.breach.update(id, TEXTS);
    await office.breach.work();
    const told = office.box.messages.flatMap(({ to }) =>
      to.kind === "person" ? [to.externalId] : [],
    );
    assert.deepEqual(told, ["ada", "bob"]);
    const { letters: after, tasks } = await office.breach.show(id);
    assert.deepEqual([after.queued, after.sent], [0, 2]);
    assert.equal(tasks.find(({ duty }) => duty === "oubli.individuals")?.state, "done");
  });

  test("start the Attorney General's fifteen days once they are out", async () => {
    await using office = await openOffice({ packs: [ccpa()] });
    const some = { residents: { "US-CA": 501 }, ...TEXTS };
    const { id, tasks } = await office.breach.open({ ...critical, ...some });
    const due = (of: typeof tasks) =>
      of.find(({ duty }) => duty === "sb446.attorney-general")!.deadline!;
    office.clock.advance({ days: 10 });
    await office.breach.work();
    const { tasks: after, individualsToldAt } = await office.breach.show(id);
    assert.equal(individualsToldAt, NOW + 10 * DAY);
    assert.equal(due(tasks) - due(after), 20 * DAY, "30 days at most, and 10 were needed");
    assert.equal(after.find(({ duty }) => duty === "sb446.individuals")?.state, "done");
  });

  test("hold nothing of the inside: no ids, no actor, no description", async () => {
    await using office = await openOffice();
    await office.breach.open({ ...critical, ...TEXTS });
    await office.breach.work();
    const letters = office.box.messages.filter(({ to }) => to.kind === "person");
    assert.equal(letters.length, 2);
    for (const { title, text, html } of letters) {
      const all = `${title}${text}${html}`;
      assert.doesNotMatch(all, /(sub|case|node|ses|ent)_|support desk|officer|ada|bob/);
      for (const said of Object.values(TEXTS)) assert.ok(text.includes(said), said);
      assert.ok(text.includes("+1 800 555 0199"));
    }
  });

  test("whom nobody can reach is counted, and HIPAA's substitute notice is named", async () => {
    await using office = await openOffice({ packs: [hipaa()] });
    for (const name of ["ada", "bob"]) office.box.state.unknown.add(name);
    const few = await office.breach.open({ ...critical, ...TEXTS, began: NOW - DAY });
    await office.breach.work();
    const { letters } = await office.breach.show(few.id);
    assert.deepEqual([letters.sent, letters.unreached], [0, 2]);
    assert.equal(letters.substitute?.form, "other-means");

    const many = Array.from({ length: 10 }, (_, at) => `lost-${at}`);
    for (const name of many) {
      await office.oubli.subject(name);
      office.box.state.unknown.add(name);
    }
    const more = { ...critical, ...TEXTS, began: NOW - DAY, affectedUsers: many };
    const { id } = await office.breach.open(more);
    await office.breach.work();
    const { substitute } = (await office.breach.show(id)).letters;
    assert.deepEqual(
      [substitute?.form, substitute?.days, substitute?.tollFree],
      ["public", 90, true],
    );
  });

  test("stay due where they reached nobody, until the officer says that the substitute notice is out", async () => {
    await using office = await openOffice({ packs: [hipaa()] });
    office.box.state.unknown.add("bob");
    const { id } = await office.breach.open({ ...critical, ...TEXTS, began: NOW - DAY });
    const duties = ["oubli.individuals", "hipaa.individuals"];
    const states = ({ tasks }: Awaited<ReturnType<typeof office.breach.show>>) =>
      duties.map((duty) => tasks.find((task) => task.duty === duty)?.state);
    await office.breach.work();
    const partly = await office.breach.show(id);
    assert.deepEqual([partly.letters.sent, partly.letters.unreached], [1, 1]);
    assert.deepEqual(states(partly), ["due", "due"]);
    assert.equal(partly.letters.substitute?.form, "other-means");
    for (const duty of duties) await office.breach.done(id, duty);
    const done = await office.breach.show(id);
    assert.deepEqual([...states(done), done.letters.substitute], ["done", "done", null]);
  });

  test("a person whom one notifier told was reached, though another never works", async () => {
    const push = outbox("push");
    push.state.broken = true;
    await using office = await openOffice({}, [push.notifier]);
    const { id } = await office.breach.open({ ...critical, ...TEXTS });
    for (let times = 0; times < 40; times += 1) {
      await office.breach.work();
      office.clock.advance({ ms: 6 * HOUR });
    }
    const { letters } = await office.breach.show(id);
    assert.deepEqual([letters.queued, letters.sent, letters.unreached], [0, 2, 0]);
    assert.equal(letters.substitute, null);
  });

  test("a person who was erased meanwhile is counted as unreached, and stops nobody's letter", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(critical);
    await office.bob.erase();
    await office.breach.update(id, TEXTS);
    await office.breach.work();
    const { letters } = await office.breach.show(id);
    assert.deepEqual([letters.sent, letters.unreached], [1, 1]);
  });

  test("go to everybody whom the log names, where the report asks it", async () => {
    await using office = await openOffice();
    await office.ada
      .session({ purpose: "support" })
      .remember("likes green", { category: "preference" });
    await office.ada.session({ purpose: "support" }).recall("green");
    const { affected, letters } = await office.breach.open(
      report({ severity: "critical", affectedUsers: [], scope: { actor: "app" } }),
    );
    assert.deepEqual([affected, letters.queued], [1, 1]);
  });

  test("are as many as are said to be affected: who was named and whom the log names, each once", async () => {
    await using office = await openOffice();
    const recalled = async (name: string) => {
      const session = (await office.oubli.subject(name)).session({ purpose: "support" });
      await session.remember("likes green", { category: "preference" });
      await session.recall("green");
    };
    for (const name of ["ada", "bob"]) await recalled(name);
    const until = office.clock.now();
    for (const name of ["bob", "cleo", "dan"]) await office.oubli.subject(name);
    const severity = "critical" as const;
    const asked = report({
      severity,
      affectedUsers: ["bob", "cleo", "dan"],
      scope: { actor: "app", until: until + 1 },
    });
    const { facts, letters: planned } = await office.breach.plan(asked);
    assert.deepEqual([facts.affected, planned], [4, 4]);
    const { id, affected, letters } = await office.breach.open(asked);
    assert.deepEqual([affected, letters.queued], [4, 4]);

    office.clock.advance({ days: 1 });
    await office.oubli.subject("eve");
    const added = await office.breach.update(id, { affectedUsers: ["eve"], affectedCount: 1 });
    assert.deepEqual([added.affected, added.letters.queued], [5, 5]);
    await recalled("fay");
    const scope = { actor: "app", from: until + HOUR };
    const { facts: next } = await office.breach.planUpdate(id, { scope });
    const other = await office.breach.update(id, { scope });
    assert.deepEqual([next.affected, other.affected, other.letters.queued], [6, 6, 6]);
  });
});
