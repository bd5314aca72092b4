import assert from "node:assert/strict";
import { test } from "node:test";

import { readEntry } from "#audit";
import { worldOf } from "#engine";
import { word } from "#kernel";
import { workRuns } from "#retention";

import { appTable, keeper } from "../spec/office/support/app-table.ts";
import { faultyStores, type FaultPoint } from "./support/faulty-stores.ts";
import { LEASES_OVER_MS, memoryRegion, OFFICER, openProcess } from "./support/region.ts";

// Goal: whatever write of a retention run a process dies at, the next one ends that run, with true
// counts and every batch in the ledger. Method: it dies before and after each of them.

const retention = { batchMax: 2, pauseMs: 0, anomaly: { share: 1, factor: 1_000_000 } };
const AGES = [200, 150, 120, 110, 100];
const tenant = word("default");

test("a process that dies at any write of a run leaves one run, which the next process ends with true counts", async () => {
  const writes = await dieAt(null);
  assert.ok(writes.length > 8, "an entry and a row a step");
  for (const at of writes.keys()) {
    for (const side of ["before", "after"] as const) await dieAt({ at, side }, writes[at]);
  }
});

async function dieAt(point: FaultPoint | null, write = ""): Promise<readonly string[]> {
  const where = `${point?.side} ${point?.at} ${write}`;
  using table = appTable();
  const region = memoryRegion();
  const sources = [keeper([table.rule()])];
  table.add("ada", AGES, region.clock.now());
  table.add("bob", [1], region.clock.now());
  const first = await region.open();
  await first.oubli.close();
  const faulty = faultyStores(first.stores);
  const dying = await openProcess(faulty.stores, region.clock, { sources, retention });
  faulty.arm(point);
  const began = await dying.oubli
    .as(OFFICER)
    .retention.run({ rules: ["crm.session-logs"] })
    .catch(() => null);
  const writes = [...faulty.writes];
  assert.equal(faulty.isDead(), point !== null, where);
  await dying.oubli.close().catch(() => {});

  region.clock.advance(LEASES_OVER_MS);
  const next = await openProcess(first.stores, region.clock, { sources, retention });
  const officer = next.oubli.as(OFFICER);
  const world = worldOf(officer);
  await workRuns(world, world.retention);
  const runs = await officer.retention.runs();
  const opened = runs.length > 0;
  // Before its row there is no run, and nothing was removed.
  assert.equal(table.count(), opened ? 1 : AGES.length + 1, where);
  for (const { state, rules } of runs) {
    const [{ counted, removed, batch }] = rules as [(typeof rules)[0]];
    assert.deepEqual(
      [state, counted, removed, batch],
      ["done", AGES.length, AGES.length, 0],
      where,
    );
  }
  assert.ok(runs.length <= 1 && (began === null || opened), where);
  await untold(first.stores, where);
  await next.oubli.close();
  return writes;
}

/** Every row's step is in the ledger. */
async function untold(
  { audit, cases }: Awaited<ReturnType<ReturnType<typeof memoryRegion>["open"]>>["stores"],
  where: string,
): Promise<void> {
  const entries = await audit.entries("ledger", { from: 0, limit: 1000 });
  const told = entries.map(({ bytes }) => readEntry(bytes!));
  for (const { id, step } of await cases.list({ tenant, kind: "retention", limit: 9 })) {
    const steps = new Set(told.filter((one) => one["case"] === id).map((one) => one["step"]));
    assert.equal(steps.size, step + 1, where);
  }
}
