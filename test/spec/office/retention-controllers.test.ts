import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { worldOf } from "#engine";
import { DAY_MS } from "#kernel";

import { retentionTurn } from "../../../src/engine/retention-schedule.ts";
import { memoryRegion } from "../../proofs/support/region.ts";
import { OFFICER, openPeople } from "../world.ts";
import { appTable, keeper } from "./support/app-table.ts";

// Goal: of two controllers in one region neither begins, counts nor lets pass what is the other's.

describe("Retention of several controllers", () => {
  const open = async () => {
    const table = appTable();
    const sources = [keeper([table.rule()], { tenant: "clinic-a" })];
    const world = await openPeople({}, { sources });
    const of = (tenant: string) => world.oubli.tenant(tenant).as(OFFICER).retention;
    table.add("ada", [100, 100, 1], world.clock.now());
    return { ...world, table, a: of("clinic-a"), b: of("clinic-b") };
  };

  test("a system's rules are seen and begun by its own controller alone", async () => {
    await using world = await open();
    const rules = ["crm.session-logs"];
    assert.deepEqual((await world.b.rules()).tables, []);
    assert.deepEqual(await world.b.plan(), []);
    await assert.rejects(world.b.run({ rules }), { code: "INPUT_INVALID" });
    assert.deepEqual((await world.b.run()).rules, []);
    assert.equal(world.table.count(), 3);
    assert.equal((await world.a.run({ rules })).state, "done");
    assert.equal(world.table.count(), 1);
  });

  test("memories that one controller's officer is asked about are left by every sweep", async () => {
    const region = memoryRegion();
    const strict = { retention: { anomaly: { share: 0.5, factor: 10, least: 0 } } };
    const { oubli } = await region.open(strict);
    await (await oubli.subject("ada")).session({ purpose: "support" }).remember("prefers tea");
    region.clock.advance(800 * DAY_MS);
    const { oubli: clinic } = await region.open({ ...strict, tenant: "clinic-a" });
    const { retention } = clinic.as(OFFICER);
    const { id, state } = await retention.run();
    assert.equal(state, "stopped");
    assert.equal((await oubli.sweep()).expired, 0);
    assert.equal((await retention.confirm(id)).state, "done");
  });

  test("a turn of the schedule begins a run for each controller that has a rule", async () => {
    await using world = await open();
    await retentionTurn(worldOf(world.oubli.as(OFFICER)));
    assert.equal(world.table.count(), 1);
    const rules = (await world.a.runs()).map((run) => run.rules.map(({ rule }) => rule));
    assert.deepEqual(rules, [["crm.session-logs"]]);
    const own = await world.oubli.as(OFFICER).retention.runs();
    assert.deepEqual(
      own[0]!.rules.map(({ rule }) => rule),
      ["memories"],
    );
  });
});
