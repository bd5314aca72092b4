import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, openTestOubli, type AnalyticsFace, type Session } from "#engine";
import { DAY_MS, type EpochMs } from "#kernel";

const CONSENT = { policyVersion: "v1", mechanism: "signup" };
const COUNTED = {
  events: {
    help_opened: { dimensions: { plan: ["free", "pro"], language: ["de", "en"] } },
    signed_in: {},
  },
  threshold: 0,
};
const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;
const DAY_ONE = "2026-01-01";

async function openCounted(analytics: object = COUNTED) {
  const oubli = await openTestOubli({ analytics: { ...COUNTED, ...analytics } });
  const officer = oubli.as(OFFICER).analytics;
  const personAt = async (name: string) => oubli.subject(name);
  return {
    oubli,
    officer,
    async agreed(name: string) {
      const person = await personAt(name);
      for (const purpose of ["assistant", "analytics"]) {
        await person.consent.grant({ purpose, ...CONSENT });
      }
      return person;
    },
    track: (event: Parameters<AnalyticsFace["track"]>[0], session: Session) =>
      oubli.analytics.track(event, session),
    /** Without noise to speak of: epsilon 10 leaves a count as it is, nearly always. */
    publish: (query: Partial<Query> = {}) =>
      officer.publish({ event: "signed_in", from: DAY_ONE, to: DAY_ONE, epsilon: 10, ...query }),
    [Symbol.asyncDispose]: () => oubli.close(),
  };
}

type Opened = Awaited<ReturnType<typeof openCounted>>;
type Query = Parameters<AnalyticsFace["publish"]>[0];

/** Off by no more than chance allows once in a million. */
const nearly = (told: number | null, exact: number) =>
  assert.ok(told !== null && Math.abs(told - exact) <= 2, `${told} for ${exact}`);

describe("analytics without people", () => {
  test("a session counts once a day for an event, whoever it is; the sum is published when the day is over", async () => {
    await using world = await openCounted({ epsilonPerDay: 10 });
    for (let at = 0; at < 30; at += 1) {
      const person = await world.agreed(`person-${at}`);
      const chat = person.session({ purpose: "assistant" });
      assert.equal(await world.track("signed_in", chat), true);
      assert.equal(await world.track("signed_in", chat), false, "once a day");
    }
    world.oubli.clock.advance({ days: 2 });

    const { cells, left, days } = await world.publish();

    assert.deepEqual(days, { from: DAY_ONE, to: DAY_ONE }, "as they were asked");

    assert.deepEqual(
      cells.map(({ dimensions }) => dimensions),
      [{}],
    );
    nearly(cells[0]!.count, 30);
    assert.equal(left, 0);
  });

  test("nothing is counted, and nothing written, for a person without consent to analytics", async () => {
    await using world = await openCounted();
    const person = await world.oubli.subject("ada", { consent: CONSENT });
    const chat = person.session({ purpose: "assistant" });
    const before = await world.oubli.audit.check();

    assert.equal(await world.track("signed_in", chat), false);

    assert.deepEqual(await world.oubli.audit.check(), before);
  });

  test("a withdrawal, a restriction or an erasure ends it at once", async () => {
    await using world = await openCounted();
    const acts = [
      (person: Person) => person.consent.withdraw({ purpose: "analytics", ...CONSENT }),
      (person: Person) => person.restrict({ ground: "accuracy-contested" }),
      (person: Person) => person.erase(),
    ];
    for (const [at, act] of acts.entries()) {
      const person = await world.agreed(`person-${at}`);
      const chat = () => person.session({ purpose: "assistant" });
      assert.equal(await world.track("signed_in", chat()), true);
      await act(person);
      assert.equal(await world.track("signed_in", chat()), false);
    }
  });

  test("cells that nobody was in are published like all others", async () => {
    await using world = await openCounted({ epsilonPerDay: 10 });
    const chat = (await world.agreed("ada")).session({ purpose: "assistant" });
    await world.track({ name: "help_opened", dimensions: { plan: "pro", language: "de" } }, chat);
    world.oubli.clock.advance({ days: 2 });

    const { cells } = await world.publish({ event: "help_opened", by: ["plan"] });

    assert.deepEqual(
      cells.map(({ dimensions }) => dimensions),
      [{ plan: "free" }, { plan: "pro" }],
    );
  });

  test("a count below the threshold is withheld", async () => {
    await using world = await openCounted({ threshold: 20, epsilonPerDay: 10 });
    const chat = (await world.agreed("ada")).session({ purpose: "assistant" });
    await world.track("signed_in", chat);
    world.oubli.clock.advance({ days: 2 });
    const { cells } = await world.publish();
    assert.deepEqual(cells, [{ dimensions: {}, count: null }]);
  });

  test("the budget of a day refuses once it is spent, also for a longer time that has the day in it", async () => {
    await using world = await openCounted({ epsilonPerDay: 1 });
    world.oubli.clock.advance({ days: 9 });
    assert.equal((await world.publish({ epsilon: 0.6 })).left, 0.4);
    await assert.rejects(world.publish({ epsilon: 0.5, to: "2026-01-05" }), {
      code: "BUDGET_SPENT",
      details: { left: 0.4, asked: 0.5 },
    });
    assert.equal((await world.publish({ epsilon: 0.4 })).left, 0);
    assert.equal(
      (await world.publish({ epsilon: 1, from: "2026-01-02", to: "2026-01-05" })).left,
      0,
    );
  });

  test("a day keeps the bound that it was counted under, and the limit that it was spent under", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oubli-analytics-"));
    let now = Date.UTC(2026, 0, 1);
    const clock = { now: () => now as EpochMs };
    const regions = {
      eu: { jurisdictions: ["*"], store: `sqlite:${folder}/data`, root: `${folder}/root` },
    };
    const opened = async (analytics: object) => {
      const config = { regions, analytics: { ...COUNTED, ...analytics } };
      return openOubli(config, { clock, sweep: "manual" });
    };
    const before = await opened({ perSession: 100, epsilonPerDay: 1 });
    const ada = await before.subject("ada");
    for (const purpose of ["assistant", "analytics"]) {
      await ada.consent.grant({ purpose, ...CONSENT });
    }
    const chat = ada.session({ purpose: "assistant" });
    for (let times = 0; times < 100; times += 1) await before.analytics.track("signed_in", chat);
    now += 3 * DAY_MS;
    await before.analytics.track("signed_in", chat);
    now += 3 * DAY_MS;
    const query = { event: "signed_in", from: DAY_ONE, to: DAY_ONE, epsilon: 1 };
    await before.as(OFFICER).analytics.publish(query);
    await before.close();

    const after = await opened({ perSession: 1, epsilonPerDay: 10 });
    const { publish } = after.as(OFFICER).analytics;
    await assert.rejects(publish({ ...query, epsilon: 0.5 }), {
      code: "BUDGET_SPENT",
      details: { left: 0, asked: 0.5 },
    });
    const at = (day: string) => ({ ...query, from: day, to: day });
    assert.equal((await publish(at("2026-01-04"))).scale, 100, "a session counted 100 times");
    assert.equal((await publish(at("2026-01-02"))).scale, 1, "nobody was counted");
    await after.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("each publication is in the ledger; what it told is not", async () => {
    await using world = await openCounted();
    world.oubli.clock.advance({ days: 2 });
    await world.publish({ epsilon: 0.25 });
    const auditor = world.oubli.as({ kind: "staff", id: "eve", roles: ["auditor"] });
    const { size } = (await auditor.audit.check()).find(({ log }) => log === "ledger")!;
    const bytes = await auditor.audit.entry("ledger", size - 1);
    const entry = JSON.parse(Buffer.from(bytes!).toString()) as Record<string, unknown>;
    assert.equal(entry["t"], "analytics.published");
    assert.deepEqual(
      { event: entry["event"], milliEpsilon: entry["milliEpsilon"], left: entry["left"] },
      { event: "signed_in", milliEpsilon: 250, left: 750 },
    );
    assert.ok(!Object.hasOwn(entry, "counts"));
  });

  test("a day that is not over is not published, nor one that the application asks for", async () => {
    await using world = await openCounted();
    await assert.rejects(world.publish(), { code: "INPUT_INVALID", message: /ended an hour ago/ });
    await assert.rejects(world.publish({ from: "2025-12-31", to: "2025-12-30" }), {
      code: "INPUT_INVALID",
      message: /field: from/,
    });
    const query = { event: "signed_in", from: "2025-12-30", to: "2025-12-31", epsilon: 1 };
    await assert.rejects(world.oubli.analytics.publish(query), { code: "POLICY_REFUSED" });
  });

  test("what is not declared is refused by name, and counts nowhere", async () => {
    await using world = await openCounted();
    const chat = (await world.agreed("ada")).session({ purpose: "assistant" });
    const of = (dimensions: Record<string, string>) => ({ name: "help_opened", dimensions });
    for (const [event, message] of [
      ["clicked", /field: event;.*accepted: help_opened \| signed_in/],
      [of({ plan: "gold", language: "de" }), /field: plan;.*accepted: free \| pro/],
      [of({ plan: "free" }), /field: language/],
      [of({ plan: "free", language: "de", city: "bonn" }), /field: dimensions.*language \| plan/],
    ] as const) {
      await assert.rejects(world.track(event, chat), { code: "INPUT_INVALID", message });
    }
    for (const [event, by, message] of [
      ["help_opened", ["plan", "colour"], /field: by; given: colour; accepted: language \| plan/],
      ["help_opened", ["constructor"], /field: by;.*accepted: language \| plan/],
      ["signed_in", ["plan"], /field: by; given: plan; accepted: none/],
    ] as const) {
      await assert.rejects(world.publish({ event, by }), { code: "INPUT_INVALID", message });
    }
    await assert.rejects(world.track("signed_in", { id: async () => "x" } as never), {
      code: "INPUT_INVALID",
      message: /a session of this Oubli/,
    });
    await assert.rejects(
      openTestOubli({ analytics: { events: { wide: { dimensions: wide() } } } }),
      { code: "CONFIG_INVALID", message: /at most 1000 combinations/ },
    );
  });
});

type Person = Awaited<ReturnType<Opened["agreed"]>>;

function wide(): Record<string, readonly string[]> {
  const values = Array.from({ length: 11 }, (_, at) => `v${at}`);
  return { one: values, two: values, three: values };
}
