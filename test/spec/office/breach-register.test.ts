import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ccpa, gdpr, hipaa, lgpd } from "#policy";

import { entriesOf } from "../world.ts";
import { DAY, HOUR, NOW, openOffice, outbox, report, TEXTS } from "./breach-world.ts";

/** A pack of nobody's law: what is left is the product's own. */
const NO_LAW = { name: "none", profile: "none-1", rules: {} };

describe("an incident's severity brings its consequences, under every law", () => {
  for (const severity of ["low", "medium", "high", "critical"] as const) {
    test(`${severity}: first an immutable entry, then the officer is alerted at once`, async () => {
      await using office = await openOffice();
      await office.breach.open(report({ severity }));
      const [first, second] = (await entriesOf(office.oubli, "ledger")).filter(
        ({ t }) => t === "incident" || t === "notice",
      );
      assert.deepEqual([first!.t, first!["phase"]], ["incident", "opened"]);
      assert.deepEqual([second!.t, second!["to"]], ["notice", "dpo"]);
      assert.equal(office.box.messages.length, 1);
      const [{ to }] = office.box.messages as [(typeof office.box.messages)[0]];
      assert.deepEqual(to.kind === "dpo" && to.party?.contact.email, "dpo@clinic.example");
    });
  }

  for (const [severity, authority, letters] of [
    ["low", false, 0],
    ["medium", false, 0],
    ["high", true, 0],
    ["critical", true, 1],
  ] as const) {
    test(`${severity}: the authority's task ${authority ? "is due 72 hours after detection" : "is not opened"}, ${letters} letters are queued`, async () => {
      await using office = await openOffice({ packs: [NO_LAW] });
      const { tasks, letters: queue } = await office.breach.open(report({ severity }));
      const due = tasks.filter(({ to }) => to === "authority").map(({ deadline }) => deadline);
      assert.deepEqual(due, authority ? [NOW + 72 * HOUR] : []);
      assert.equal(queue.queued, letters);
    });
  }

  test("a failing notifier stops no other step, and is tried again until it works", async () => {
    const other = outbox("other");
    await using office = await openOffice({}, [other.notifier]);
    office.box.state.broken = true;
    const incident = await office.breach.open(report({ severity: "critical", ...TEXTS }));
    assert.equal(other.messages.length, 1);
    assert.ok(incident.tasks.some(({ duty }) => duty === "oubli.authority"));
    assert.equal(incident.letters.queued, 1);

    for (let hours = 0; hours < 12; hours += 1) {
      office.clock.advance({ ms: HOUR });
      await office.breach.work();
    }
    assert.equal(office.box.messages.length, 0);
    office.box.state.broken = false;
    office.clock.advance({ ms: 6 * HOUR });
    await office.breach.work();
    const kinds = office.box.messages.map(({ to }) => to.kind).sort();
    assert.deepEqual(kinds, ["dpo", "person"]);
    assert.equal(other.messages.filter(({ to }) => to.kind === "dpo").length, 1, "told once");
  });

  test("a sweep sends what is due, too: the alert that failed, and the letters that waited", async () => {
    await using office = await openOffice();
    office.box.state.broken = true;
    const { id } = await office.breach.open(report({ severity: "critical" }));
    await office.breach.update(id, TEXTS);
    office.box.state.broken = false;
    office.clock.advance({ ms: HOUR });

    await office.oubli.sweep();

    const kinds = office.box.messages.map(({ to }) => to.kind).sort();
    assert.deepEqual(kinds, ["dpo", "person"]);
  });

  test("each attempt stands in the ledger with its kind of failure, and no word of the server", async () => {
    await using office = await openOffice();
    office.box.state.broken = true;
    await office.breach.open(report());
    const entries = await office.ledger("notice");
    const [failed] = entries.filter(({ outcome }) => outcome === "failed");
    assert.deepEqual(failed!["failed"], [{ notifier: "outbox", cause: "failed" }]);
    assert.doesNotMatch(JSON.stringify(entries), /hunter2|clinic\.example/);
  });

  test("what was reported is sealed: no entry and no row has a word of it", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report());
    const entries = JSON.stringify(await entriesOf(office.oubli, "ledger"));
    assert.doesNotMatch(entries, /stolen|password changed/);
    const { report: file } = await office.breach.show(id);
    assert.equal(file?.description, "A stolen password of the support desk");
  });
});

describe("the laws in force add duties, and take none away", () => {
  test("under HIPAA and California's laws each has its own date", async () => {
    await using office = await openOffice({ packs: [hipaa(), ccpa()] });
    const { tasks } = await office.breach.open(
      report({ affectedCount: 600, residents: { "US-CA": 600 } }),
    );
    const due = Object.fromEntries(tasks.map(({ duty, deadline }) => [duty, deadline]));
    assert.equal(due["oubli.authority"], NOW + 72 * HOUR);
    for (const [duty, days] of [
      ["hipaa.individuals", 60],
      ["hipaa.media", 60],
      ["hipaa.hhs", 60],
      ["sb446.individuals", 30],
      ["sb446.attorney-general", 45],
    ] as const) {
      const at = due[duty]!;
      assert.ok(Math.abs(at - (NOW + days * DAY)) <= DAY, `${duty}: ${new Date(at).toISOString()}`);
    }
    assert.equal(due["hipaa.hhs-yearly"], undefined);
  });

  test("with fewer than 500 people HHS is told after the year; a new count moves it", async () => {
    await using office = await openOffice({ packs: [hipaa()] });
    const { id, tasks } = await office.breach.open(report({ affectedCount: 499 }));
    const yearly = tasks.find(({ duty }) => duty === "hipaa.hhs-yearly")!;
    const inNewYork = new Date(yearly.deadline! - 5 * HOUR).toISOString();
    // NOW is the last evening of 2025 in New York; 60 days behind that year's end.
    assert.equal(inNewYork.slice(0, 10), "2026-03-01");
    const { tasks: after } = await office.breach.update(id, { affectedCount: 500 });
    assert.equal(after.find(({ duty }) => duty === "hipaa.hhs-yearly")?.state, "replaced");
    assert.equal(after.find(({ duty }) => duty === "hipaa.hhs")?.state, "due");
  });

  test("the media are told of more than 500 residents of one State, and not of 500", async () => {
    for (const [residents, told] of [
      [500, false],
      [501, true],
    ] as const) {
      await using office = await openOffice({ packs: [hipaa()] });
      const { tasks } = await office.breach.open(report({ residents: { "US-TX": residents } }));
      assert.equal(
        tasks.some(({ duty }) => duty === "hipaa.media"),
        told,
      );
    }
  });

  test("encrypted data exempt from what a law asks, with the reason, and not from the severity's own", async () => {
    await using office = await openOffice({ packs: [gdpr(), hipaa()] });
    const { tasks } = await office.breach.open(
      report({ severity: "critical", encrypted: "keys-not-compromised" }),
    );
    const exempt = Object.fromEntries(tasks.map((task) => [task.duty, task.exempt]));
    assert.equal(exempt["hipaa.individuals"], "keys-not-compromised");
    assert.equal(exempt["oubli.authority"], null);
    assert.equal(exempt["oubli.individuals"], null);
  });

  test("keys that turn out to be compromised bring the duties back", async () => {
    await using office = await openOffice({ packs: [hipaa()] });
    const { id } = await office.breach.open(report({ encrypted: "keys-not-compromised" }));
    const { tasks } = await office.breach.update(id, { encrypted: null });
    assert.equal(tasks.find(({ duty }) => duty === "hipaa.individuals")?.state, "due");
  });

  test("a scope that names a key refuses the claim that no key is compromised", async () => {
    await using office = await openOffice();
    await assert.rejects(
      office.breach.open(
        report({ encrypted: "keys-not-compromised", scope: { key: { epoch: 1 } } }),
      ),
      { code: "INPUT_INVALID" },
    );
  });

  test("four factors that all speak for it let HIPAA's duties go; three do not", async () => {
    for (const [mitigation, state] of [
      ["low", "exempt"],
      ["high", "due"],
    ] as const) {
      await using office = await openOffice({ packs: [hipaa()] });
      const fourFactors = { nature: "low", recipient: "low", acquired: "low", mitigation } as const;
      const { tasks } = await office.breach.open(
        report({ fourFactors: { ...fourFactors, reasons: "a colleague opened it unread" } }),
      );
      assert.equal(tasks.find(({ duty }) => duty === "hipaa.individuals")?.state, state);
    }
  });

  test("the police's written word delays HIPAA's notices until its date, an oral one thirty days", async () => {
    await using office = await openOffice({ packs: [hipaa()] });
    const at = NOW + 50 * DAY;
    office.clock.advance({ days: 50 });
    for (const [delay, until] of [
      [{ asked: "in-writing", until: NOW + 90 * DAY }, NOW + 90 * DAY],
      [{ asked: "orally", at }, at + 30 * DAY],
    ] as const) {
      const { tasks } = await office.breach.open(report({ delay }));
      const due = (name: string) => tasks.find(({ duty }) => duty === name)?.deadline;
      assert.equal(due("hipaa.individuals"), until);
      assert.equal(due("oubli.authority"), NOW + 72 * HOUR);
    }
  });

  test("the LGPD asks for authority and people within three business days", async () => {
    await using office = await openOffice({ packs: [lgpd()] });
    const { tasks } = await office.breach.open(report());
    const days = tasks
      .filter(({ law }) => law === "lgpd")
      .map(({ deadline }) => new Date(deadline!).toISOString().slice(0, 10));
    // Detected on New Year's Eve in São Paulo: 2, 5 and 6 January are the three.
    assert.deepEqual(days, ["2026-01-07", "2026-01-07"]);
  });
});

describe("an incident goes on in phases (GDPR Art. 33(4), 33(5))", () => {
  test("each phase is an entry and stays in the register, in its order", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report({ state: "suspected" }));
    await office.breach.update(id, { state: "ongoing", phase: "it is real" });
    office.clock.advance({ days: 1 });
    const { report: file, state } = await office.breach.update(id, {
      state: "halted",
      phase: "the account is closed",
      containmentActions: ["account closed"],
    });
    assert.deepEqual(
      file!.phases.map(({ text }) => text),
      ["it is real", "the account is closed"],
    );
    assert.deepEqual(file!.containmentActions, ["password changed", "account closed"]);
    assert.equal(state, "halted");
    const phases = (await office.ledger("incident")).map(({ phase }) => phase);
    assert.equal(phases.filter((phase) => phase === "updated").length, 2);
  });

  test("a state never goes back, and only a concluded incident is closed", async () => {
    await using office = await openOffice({ packs: [NO_LAW] });
    const { id } = await office.breach.open(report({ state: "halted" }));
    for (const [change, message] of [
      [{ state: "suspected" }, /update\.state; accepted: halted \| concluded \| mitigated/],
      [{ close: true }, /update\.state; accepted: concluded \| mitigated/],
    ] as const) {
      await assert.rejects(office.breach.update(id, change), { code: "INPUT_INVALID", message });
    }
    const over = { state: "mitigated", close: true } as const;
    await assert.rejects(office.breach.update(id, over), ({ code, details }) => {
      assert.deepEqual([code, details.due], ["INPUT_INVALID", ["oubli.authority"]]);
      return true;
    });
    await office.breach.done(id, "oubli.authority");
    const { closedAt } = await office.breach.update(id, over);
    assert.equal(closedAt, NOW);
    await assert.rejects(office.breach.update(id, { phase: "more" }), { code: "CONFLICT" });
  });

  test("graver than thought, it brings what it would have brought; lesser, it takes nothing back", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report({ severity: "low" }));
    const graver = await office.breach.update(id, { severity: "critical" });
    assert.ok(graver.tasks.some(({ duty }) => duty === "oubli.authority"));
    assert.equal(graver.letters.queued, 1);
    const lesser = await office.breach.update(id, { severity: "low" });
    assert.equal(lesser.tasks.find(({ duty }) => duty === "oubli.authority")?.state, "due");
  });

  test("the officer is reminded before a task is due, and told when it is overdue", async () => {
    await using office = await openOffice();
    await office.breach.open(report());
    office.clock.advance({ ms: 60 * HOUR });
    await office.breach.work();
    office.clock.advance({ ms: 13 * HOUR });
    await office.breach.work();
    const titles = new Set(office.box.messages.map(({ title }) => title));
    assert.ok(titles.has("A notice of an incident is due soon"));
    assert.ok(titles.has("A notice of an incident is overdue"));
  });

  test("a task that is done reminds nobody, and says when it was done", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report());
    const { tasks } = await office.breach.done(id, "oubli.authority");
    const task = tasks.find(({ duty }) => duty === "oubli.authority")!;
    assert.deepEqual([task.state, task.doneAt], ["done", NOW]);
    office.clock.advance({ days: 5 });
    await office.breach.work();
    assert.equal(office.box.messages.filter(({ text }) => /oubli\.authority/.test(text)).length, 0);
    await assert.rejects(office.breach.done(id, "oubli.authority"), { code: "NOT_FOUND" });
  });
});
