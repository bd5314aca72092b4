import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openOubli } from "#engine";
import { DAY_MS, type EpochMs } from "#kernel";
import type { SourceRetention } from "#sources";

import { AUDITOR, entriesOf, held, OFFICER, openPeople, PLAN, TEA } from "../world.ts";
import { appTable, keeper } from "./support/app-table.ts";

// Goal: what is older than its rule goes, in the application's tables as in memory: counted first,
// batch by batch, with evidence, and never what a law or a hold keeps.

const QUICK = { pauseMs: 0, anomaly: { share: 1, factor: 1_000_000 } } as const;

type Retention = NonNullable<Parameters<typeof openPeople>[1]>["retention"];

async function openKeeper({
  rules,
  retention = {},
}: { rules?: (rule: SourceRetention) => SourceRetention[]; retention?: Retention } = {}) {
  const table = appTable();
  const made = rules?.(table.rule()) ?? [table.rule()];
  const world = await openPeople(
    {},
    { sources: [keeper(made)], retention: { ...QUICK, ...retention } },
  );
  const now = (): number => world.clock.now();
  return {
    ...world,
    table,
    now,
    retention: world.oubli.as(OFFICER).retention,
    async [Symbol.asyncDispose]() {
      await world.oubli.close();
      table[Symbol.dispose]();
    },
  };
}

const batches = async (world: Awaited<ReturnType<typeof openPeople>>) =>
  (await entriesOf(world.oubli, "ledger")).filter(({ t }) => t === "retention.batch");

describe("Retention of connected tables", () => {
  test("a run removes what is older than its rule says, batch by batch, and nothing else", async () => {
    await using world = await openKeeper({ retention: { batchMax: 2 } });
    world.table.add("ada", [200, 120, 100, 91, 91], world.now());
    world.table.add("bob", [89, 10, 0], world.now());
    const { state, rules } = await world.retention.run();
    assert.equal(state, "done");
    assert.deepEqual(world.table.people(), ["bob", "bob", "bob"]);
    assert.deepEqual(world.table.limits, [2, 2, 1]);
    const [, logs] = rules;
    assert.deepEqual([logs!.rule, logs!.counted, logs!.removed], ["crm.session-logs", 5, 5]);
  });

  test("a plan counts what is over and writes nothing: no row, no entry, no case", async () => {
    await using world = await openKeeper();
    world.table.add("ada", [100, 95, 1], world.now());
    const logs = [...world.oubli.audit.logs];
    const sizes = () =>
      Promise.all(logs.map(async (log) => (await entriesOf(world.oubli, log as "access")).length));
    const before = await sizes();
    const planned = await world.retention.plan();
    assert.deepEqual(
      planned.map(({ rule, over, total, stops }) => [rule, over, total, stops]),
      [
        ["memories", 0, null, null],
        ["crm.session-logs", 2, 3, null],
      ],
    );
    assert.deepEqual(await sizes(), before);
    assert.equal(world.table.count(), 3);
    assert.deepEqual(await world.retention.runs(), []);
  });

  test("each batch is in the ledger before it begins, with its rule, its counts and its moment", async () => {
    await using world = await openKeeper({
      retention: { batchMax: 2 },
      rules: (rule) => [
        {
          ...rule,
          async sweep(...args) {
            told.push((await batches(world)).at(-1)!);
            return rule.sweep(...args);
          },
        },
      ],
    });
    const told: Record<string, unknown>[] = [];
    world.table.add("ada", [100, 100, 100], world.now());
    const before = world.now() - 90 * 24 * 3600 * 1000;
    const { id } = await world.retention.run();
    const common = { case: id, rule: "crm.session-logs", before, counted: 3 };
    assert.partialDeepStrictEqual(told, [
      { ...common, removed: 0, batch: 2 },
      { ...common, removed: 2, batch: 1 },
    ]);
    const [first, ...rest] = await batches(world);
    assert.deepEqual(first!["actor"], { id: "officer", kind: "staff", roles: ["privacy-officer"] });
    assert.partialDeepStrictEqual(rest.at(-1), {
      ended: true,
      rules: [{ rule: "memories" }, { rule: "crm.session-logs", counted: 3, removed: 3 }],
    });
  });

  test("session logs, analytics events, tickets and consent records have an age where nobody says one", async () => {
    const names = ["session-logs", "analytics-events", "support_tickets", "consent-records"];
    await using world = await openKeeper({
      rules: (rule) => names.map((name) => ({ ...rule, rule: name })),
    });
    const { tables } = await world.retention.rules();
    assert.deepEqual(
      tables.map(({ rule, maxAge, from }) => [rule, maxAge, from]),
      [
        ["crm.analytics-events", "P365D", "shipped"],
        ["crm.consent-records", "P2555D", "shipped"],
        ["crm.session-logs", "P90D", "shipped"],
        ["crm.support_tickets", "P730D", "shipped"],
      ],
    );
  });

  test("a rule that removes consent or audit records before a pack lets it is refused, by field and pack", async () => {
    const refused = (fields: Partial<SourceRetention>) =>
      assert.rejects(
        openKeeper({ rules: (rule) => [{ ...rule, ...fields }] }),
        (error: { code: string; details: Record<string, unknown> }) => {
          assert.equal(error.code, "CONFIG_INVALID");
          assert.equal(error.details["field"], `sources.crm.retention.${fields.rule}.maxAge`);
          assert.equal(error.details["given"], fields.maxAge);
          assert.match(String(error.details["accepted"]), /^at least (2555 days|3 years): oubli-/);
          return true;
        },
      );
    await refused({ rule: "consent-records", maxAge: "P90D" });
    await refused({ rule: "opt-ins", keeps: "consent", maxAge: "P2554D" });
    await refused({ rule: "audit-records", maxAge: "P35M" });
    const kept = { rule: "opt-ins", keeps: "consent", maxAge: "P7Y" } as const;
    await using world = await openKeeper({ rules: (rule) => [{ ...rule, ...kept }] });
    assert.equal((await world.retention.rules()).tables[0]!.floor?.days, 2555);
  });

  test("a rule of an unknown name needs an age", async () => {
    const opening = openKeeper({ rules: (rule) => [{ ...rule, rule: "carts" }] });
    await assert.rejects(opening, { code: "CONFIG_INVALID" });
  });
});

describe("Retention runs", () => {
  test("a run destroys expired memories by the path of any erasure, and counts them", async () => {
    await using world = await openKeeper();
    const chat = world.ada.session({ purpose: "support" });
    const expiresAt = (world.now() + 1000) as EpochMs;
    await chat.remember(TEA, { category: "preference", expiresAt });
    await chat.remember(PLAN, { category: "preference" });
    world.clock.advance({ days: 1 });
    const { rules } = await world.retention.run({ rules: ["memories"] });
    assert.deepEqual([rules[0]!.counted, rules[0]!.removed, rules[0]!.state], [1, 1, "done"]);
    assert.deepEqual(await held(world.ada.self()), [PLAN]);
    const executed = (await entriesOf(world.oubli, "ledger")).map(({ t }) => t);
    assert.ok(executed.includes("erase.executed"));
  });

  test("what a hold keeps stays, in memory and in tables, and goes with the first run after its release", async () => {
    await using world = await openKeeper();
    const chat = world.ada.session({ purpose: "support" });
    const expiresAt = (world.now() + 1000) as EpochMs;
    await chat.remember(TEA, { category: "preference", expiresAt });
    world.table.add("ada", [100], world.now());
    world.table.add("bob", [101], world.now());
    const hold = await world.officer.hold({ case: "7 O 12/26", reason: "litigation" });
    world.clock.advance({ days: 1 });

    await world.retention.run();
    assert.deepEqual(world.table.people(), ["ada"]);
    assert.deepEqual(await world.officer.plan(), { nodes: 1, derived: 0, held: 1 });

    await world.officer.release(hold.id);
    await world.retention.run();
    assert.deepEqual(world.table.people(), []);
    assert.deepEqual(await world.officer.plan(), { nodes: 0, derived: 0, held: 0 });
  });

  test("a rule that cannot pass over whoever is on hold waits until nobody is", async () => {
    await using world = await openKeeper({
      rules: ({ rule, count, sweep }) => [{ rule, count, sweep }],
    });
    world.table.add("bob", [100], world.now());
    const hold = await world.officer.hold({ case: "7 O 12/26", reason: "litigation" });
    const { rules, state } = await world.retention.run();
    assert.deepEqual([state, rules[1]!.state, rules[1]!.reason], ["incomplete", "held", "held"]);
    assert.equal(world.table.count(), 1);
    await world.officer.release(hold.id);
    assert.equal((await world.retention.run()).state, "done");
    assert.equal(world.table.count(), 0);
  });

  test("a strange count stops its rule before anything is removed, until somebody confirms it", async () => {
    await using world = await openKeeper({
      retention: { anomaly: { share: 0.5, factor: 10, least: 3 } },
    });
    world.table.add("ada", [100, 100, 100, 100, 1, 1], world.now());
    const { id, state, rules } = await world.retention.run();
    assert.deepEqual([state, rules[1]!.state, rules[1]!.reason], ["stopped", "stopped", "share"]);
    assert.equal(world.table.count(), 6);
    const confirmed = await world.retention.confirm(id);
    assert.deepEqual([confirmed.state, world.table.count()], ["done", 2]);
    await assert.rejects(world.retention.confirm(id), { code: "CONFLICT" });
    const who = (await batches(world)).find((entry) => "confirmed" in entry)!;
    assert.partialDeepStrictEqual(who, { confirmed: [{ rule: "crm.session-logs", counted: 4 }] });
  });

  test("a whole table of more than twenty rows is strange as it ships, and nothing of it goes", async () => {
    await using table = await openKeeper({ retention: { anomaly: {} } });
    table.table.add("ada", Array<number>(40).fill(100), table.now());
    const { state, rules } = await table.retention.run();
    assert.deepEqual([state, rules[1]!.reason, table.table.count()], ["stopped", "share", 40]);
  });

  test("the sweep leaves memories that a run has stopped at, until somebody confirms it", async () => {
    await using world = await openKeeper({ retention: { anomaly: { share: 0.5, least: 1 } } });
    const chat = world.ada.session({ purpose: "support" });
    for (const said of [TEA, PLAN]) await chat.remember(said, { category: "preference" });
    world.clock.advance({ days: 365 * 20 });
    const { id, state } = await world.retention.run();
    assert.deepEqual([state, (await world.oubli.sweep()).expired], ["stopped", 0]);
    const { rules } = await world.retention.confirm(id);
    assert.deepEqual([rules[0]!.removed, rules[0]!.state], [2, "done"]);
  });

  test("a sweep goes on behind a stop once a later run finds nothing strange", async () => {
    await using world = await openKeeper({ retention: { anomaly: { share: 0.6, least: 1 } } });
    const chat = world.ada.session({ purpose: "support" });
    for (const said of [TEA, PLAN]) await chat.remember(said, { category: "preference" });
    world.clock.advance({ days: 365 * 20 });
    assert.equal((await world.retention.run()).state, "stopped");
    const later = world.bob.session({ purpose: "support" });
    for (const said of [TEA, PLAN]) await later.remember(said, { category: "preference" });
    world.clock.advance({ days: 1 });
    assert.equal((await world.retention.run()).rules[0]!.state, "done");
    world.clock.advance({ days: 365 * 20 });
    assert.equal((await world.oubli.sweep()).expired, 2);
  });

  test("a run removes no more than it counted, though everything looks old by then", async () => {
    await using world = await openKeeper({
      rules: (rule) => [
        {
          ...rule,
          sweep: (before, ...rest) => rule.sweep((before + 100 * DAY_MS) as EpochMs, ...rest),
        },
      ],
    });
    world.table.add("ada", [100, 100, 1, 1, 1, 1], world.now());
    const { rules } = await world.retention.run();
    assert.deepEqual([rules[1]!.counted, rules[1]!.removed, world.table.count()], [2, 2, 4]);
  });

  test("a count that has grown out of all proportion since the last run is strange, too", async () => {
    await using world = await openKeeper({
      retention: { anomaly: { share: 1, factor: 2, least: 1 } },
    });
    world.table.add("ada", [100, 100], world.now());
    assert.equal((await world.retention.run()).state, "done");
    world.table.add("ada", [100, 100, 100, 100, 100], world.now());
    const { rules } = await world.retention.run();
    assert.deepEqual([rules[1]!.state, rules[1]!.reason], ["stopped", "growth"]);
    assert.equal(world.table.count(), 5);
  });

  test("a run removes no more than its cap; the next one goes on", async () => {
    await using world = await openKeeper({ retention: { batchMax: 2, runMax: 3 } });
    world.table.add("ada", [100, 100, 100, 100, 100], world.now());
    const { state, rules } = await world.retention.run();
    assert.deepEqual([state, rules[1]!.state, rules[1]!.removed], ["incomplete", "capped", 3]);
    assert.equal(world.table.count(), 2);
    assert.equal((await world.retention.run()).state, "done");
    assert.equal(world.table.count(), 0);
  });

  test("a source that fails, or says that it removed more than there was, fails its own rule, by a code", async () => {
    await using world = await openKeeper({
      rules: (rule) => [
        { ...rule, rule: "session-logs" },
        { ...rule, rule: "lies", maxAge: "P90D", sweep: async (_, limit) => limit },
        {
          ...rule,
          rule: "fails",
          maxAge: "P90D",
          sweep: () => Promise.reject(new Error("ada's password is hunter2")),
        },
        { ...rule, rule: "odd", maxAge: "P90D", count: async () => -1 },
      ],
      retention: { batchMax: 1 },
    });
    world.table.add("ada", [100, 100], world.now());
    const { rules } = await world.retention.run();
    assert.deepEqual(
      rules.map(({ rule, state, reason }) => [rule, state, reason]),
      [
        ["memories", "done", null],
        ["crm.fails", "failed", "failed"],
        ["crm.lies", "failed", "lying"],
        ["crm.odd", "failed", "malformed"],
        ["crm.session-logs", "done", null],
      ],
    );
    assert.equal(world.table.count(), 0);
    assert.ok(!JSON.stringify(await batches(world)).includes("hunter2"));
  });

  test("progress is told after each batch", async () => {
    await using world = await openKeeper({ retention: { batchMax: 2 } });
    world.table.add("ada", [100, 100, 100], world.now());
    const told: number[] = [];
    await world.retention.run({
      rules: ["crm.session-logs"],
      onProgress: ({ removed }) => told.push(removed),
    });
    assert.deepEqual(told, [2, 3]);
  });

  test("runs are the privacy officer's, plans are for overseers, and every refusal is in the log", async () => {
    await using world = await openKeeper();
    const { oubli } = world;
    const refusal = { code: "POLICY_REFUSED" };
    const app = { kind: "app", id: "app", roles: ["app"] } as const;
    await assert.rejects(oubli.as(AUDITOR).retention.run(), refusal);
    await assert.rejects(oubli.as(app).retention.plan(), refusal);
    await assert.rejects(oubli.as(app).retention.runs(), refusal);
    await oubli.as(AUDITOR).retention.plan();
    const denied = (await entriesOf(oubli, "access")).filter(({ t }) => t === "deny");
    assert.deepEqual(
      denied.map(({ verb }) => verb),
      ["retention-run", "retention-plan", "retention-runs"],
    );
  });

  test("an unknown rule, a schedule that is none and a share above 1 are refused by field", async () => {
    await using world = await openKeeper();
    const unknown = world.retention.run({ rules: ["crm.nothing"] });
    await assert.rejects(unknown, {
      code: "INPUT_INVALID",
      details: {
        field: "options.rules",
        given: "another rule",
        accepted: ["memories", "crm.session-logs"],
      },
    });
    const wrong = {
      "retention.schedule": { schedule: "every day at three" },
      "retention.timeZone": { schedule: "17 3 * * *", timeZone: "Berlin" },
      "retention.anomaly.share": { anomaly: { share: 1.5 } },
      "retention.batchMax": { batchMax: 0 },
    } as const;
    for (const [field, retention] of Object.entries(wrong)) {
      await assert.rejects(
        openOubli({}, { retention }),
        (error: { code: string; details: { field: string } }) => {
          assert.deepEqual(
            [error.code, error.details.field],
            ["INPUT_INVALID", `options.${field}`],
          );
          return true;
        },
      );
    }
  });
});
