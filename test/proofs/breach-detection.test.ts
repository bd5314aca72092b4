import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { detectIncidents, RULES, SLOW_RULES, type DetectorOptions, type Finding } from "#breach";
import { worldOf } from "#engine";
import { word } from "#kernel";

import { measure, type Measured } from "../../bench/breach/measure.ts";
import { ATTACKS } from "../../bench/breach/traffic.ts";
import { OFFICER } from "../spec/world.ts";
import { DAY, HOUR, openOffice } from "../spec/office/breach-world.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: of planted attacks at least 95 in 100 are found, with at most one false alarm a day. Method:
// months of simulated traffic, on seeds that no number was chosen on; bench/breach measures it at length.

const SEEDS = THOROUGH ? [301, 302, 303, 304, 305] : [301];
const TRAFFIC = { days: 65, quietDays: 35, attacksPerDay: 1.5 };

function measured(detection?: DetectorOptions): readonly Measured[] {
  return SEEDS.map((seed) => measure({ seed, ...TRAFFIC }, detection));
}

function holds(runs: readonly Measured[]): { readonly finds: boolean; readonly quiet: boolean } {
  const sum = (of: (run: Measured) => number) => runs.reduce((total, run) => total + of(run), 0);
  return {
    finds: sum(({ found }) => found) >= 0.95 * sum(({ attacks }) => attacks),
    quiet: sum(({ falseAlarms }) => falseAlarms) <= sum(({ days }) => days),
  };
}

describe("detection on simulated traffic", () => {
  test("finds 95 in 100 of the planted attacks, with at most one false alarm a day", () => {
    const runs = measured();
    for (const { attacks, byKind } of runs) {
      assert.ok(attacks >= 30, "a measure of nothing would pass for ever");
      const found = new Set(byKind.filter((row) => row.found > 0).map(({ kind }) => kind));
      assert.deepEqual([...found], ATTACKS, "no rule's absence hides in the sum");
    }
    assert.deepEqual(holds(runs), { finds: true, quiet: true }, JSON.stringify(runs, null, 1));
  });

  for (const [what, detection, broken] of [
    ["rules that are off find nothing", { rules: [], slowRules: [] }, "finds"],
    [
      "rules that ask for three times as much find too little",
      { rules: RULES.map((rule) => ({ ...rule, ...times(rule, 3) })), slowRules: [] },
      "finds",
    ],
    [
      "rules that ask for half as much are not quiet",
      { rules: RULES.map((rule) => ({ ...rule, ...times(rule, 0.5) })), slowRules: SLOW_RULES },
      "quiet",
    ],
  ] as const) {
    test(`the measure bites: ${what}`, () => {
      assert.equal(holds(measured(detection))[broken], false);
    });
  }
});

function times({ deviations, least, stranger }: (typeof RULES)[number], by: number) {
  return { deviations: deviations * by, least: least * by, stranger: stranger * by };
}

describe("detection over a real log", () => {
  test("a stolen credential opens a suspected incident once, and the officer is told", async () => {
    await using office = await openOffice();
    const { oubli, ada, clock, breach, box } = office;
    const chat = ada.session({ purpose: "support" });
    for (let at = 0; at < 90; at += 1) {
      await chat.remember(`tea ${at}`, { category: "preference" });
    }
    const desk = await oubli.as({ kind: "app", id: "desk", roles: ["app"] }).subjectById(ada.id);
    for (let day = 0; day < 12; day += 1) {
      for (let hour = 0; hour < 8; hour += 1) {
        await desk.list({ purpose: "support", limit: 3 });
        clock.advance({ ms: HOUR });
      }
      clock.advance({ ms: 16 * HOUR });
    }
    assert.deepEqual((await breach.detect()).incidents, []);
    await desk.list({ purpose: "support", limit: 90 });
    const suspected = await breach.suspicions();
    assert.deepEqual([...new Set(suspected.map(({ actor }) => actor))], ["desk"]);
    assert.deepEqual((await breach.list()).incidents, [], "to look is not to open");
    const { incidents } = await breach.detect();
    assert.equal(incidents.length, 1);
    assert.deepEqual(await breach.suspicions(), []);
    const [incident] = (await breach.list()).incidents;
    assert.deepEqual(
      [
        incident!.state,
        incident!.rule,
        incident!.scope?.actor,
        incident!.affected,
        incident!.items,
      ],
      ["suspected", "volume-hour", "desk", 1, 90],
    );
    assert.equal(box.messages.length, 1);
    assert.deepEqual((await breach.show(incident!.id)).tasks, []);
    assert.deepEqual((await breach.detect()).incidents, []);
    clock.advance({ ms: DAY });
    const confirmed = await breach.update(incident!.id, { state: "ongoing", risk: "high" });
    assert.ok(confirmed.tasks.some(({ duty }) => duty === "gdpr.authority"));
  });

  test("new names together open one incident a day, whose people the officer names", async () => {
    await using office = await openOffice();
    const { oubli, clock, breach, box } = office;
    const finding = (at: number): Finding => ({
      rule: "strangers",
      tenant: word("default"),
      actor: null,
      at: at as Finding["at"],
      from: (Math.floor(at / DAY) * DAY) as Finding["at"],
      until: (Math.floor(at / DAY) * DAY + DAY) as Finding["at"],
      count: 501,
      usual: 500,
    });
    const detect = (at: number) => {
      const follow = async (_: unknown, settle: (one: Finding) => Promise<void>) => {
        await settle(finding(at));
        return 1;
      };
      const watch = { follow } as unknown as Parameters<typeof detectIncidents>[1];
      return detectIncidents(worldOf(oubli.as(OFFICER)), watch);
    };
    const today = clock.now();
    const [opened] = (await detect(today)).incidents;
    const incident = await breach.show(opened!.id);
    assert.deepEqual(
      [incident.rule, incident.scope, incident.affected, incident.state],
      ["strangers", null, 501, "suspected"],
    );
    assert.equal(box.messages.length, 1);
    assert.deepEqual((await detect(today)).incidents, []);
    // Also once the officer has said which of the names it was.
    await breach.update(opened!.id, { affectedUsers: ["ada"], affectedCount: 700 });
    assert.deepEqual((await detect(today)).incidents, []);
    clock.advance({ ms: DAY });
    assert.equal((await detect(clock.now())).incidents.length, 1);
  });

  test("codes that are guessed are credentials that are tried", async () => {
    await using office = await openOffice();
    const { oubli, clock, breach } = office;
    // Whoever guesses never read anything: they stand in the ledger alone.
    const app = oubli.as({ kind: "app", id: "door", roles: ["app"] });
    for (let day = 0; day < 12; day += 1) {
      await oubli.subject(`person-${day}`);
      const asked = { person: `person-${day}`, right: "access", manner: "email" } as const;
      const { request } = await oubli.requests.receive(asked);
      const typo = oubli.requests.prove(request.request, "AAAAA-AAAAA");
      await assert.rejects(typo, { code: "IDENTITY_REFUSED" });
      clock.advance({ ms: DAY });
    }
    await breach.detect();
    for (const person of ["ada", "bob"]) {
      const asked = { person, right: "access", manner: "email" } as const;
      const { request } = await app.requests.receive(asked);
      for (let tries = 0; tries < 4; tries += 1) {
        const guess = app.requests.prove(request.request, "AAAAA-AAAAA");
        await assert.rejects(guess, { code: "IDENTITY_REFUSED" });
      }
    }
    assert.equal((await breach.detect()).incidents.length, 1);
    const [incident] = (await breach.list()).incidents;
    assert.deepEqual([incident!.rule, incident!.scope?.actor], ["credentials", "door"]);
  });

  test("what a person does with their own memories alarms nobody", async () => {
    await using office = await openOffice();
    const { ada, clock, breach } = office;
    const chat = ada.session({ purpose: "support" });
    for (let at = 0; at < 60; at += 1) {
      await chat.remember(`tea ${at}`, { category: "preference" });
    }
    for (let day = 0; day < 20; day += 1) {
      await ada.self().list({ limit: 1 });
      clock.advance({ ms: DAY });
    }
    for (let times = 0; times < 20; times += 1) await ada.self().list({ limit: 60 });
    assert.deepEqual((await breach.detect()).incidents, []);
  });
});
