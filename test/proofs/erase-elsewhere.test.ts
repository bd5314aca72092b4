import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Oubli, Stores } from "#engine";
import { DAY_MS } from "#kernel";

import { otherSystem, type OtherSystem } from "../spec/office/other-system.ts";
import { faultyStores, type FaultPoint } from "./support/faulty-stores.ts";
import { memoryRegion, OFFICER, openProcess } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

/**
 * Proof: a process dies before, and after, every single write of an erasure that goes to other
 * systems. Whoever comes after it ends what it began, and asks nobody twice who was confirmed.
 */

const systems = (): readonly OtherSystem[] => [
  otherSystem("orders", { tier: "dependent" }),
  otherSystem("crm", { backupsEnd: "P30D" }),
  otherSystem("search", { tier: "search", eraseAfter: ["crm"] }),
];

const SIDES = ["before", "after"] as const;

interface Told {
  readonly t: string;
  readonly target?: string;
}

async function ledger(oubli: Oubli): Promise<readonly Told[]> {
  const auditor = oubli.as({ kind: "staff", id: "eve", roles: ["auditor"] });
  const told: Told[] = [];
  for (let index = 0; ; index += 1) {
    const bytes = await auditor.audit.entry("ledger", index);
    if (bytes === null) return told;
    told.push(JSON.parse(Buffer.from(bytes).toString()) as Told);
  }
}

async function dieAt(point: FaultPoint | null) {
  const others = systems();
  const sources = others.map(({ source }) => source);
  const region = memoryRegion();
  const first = await region.open({ sources });
  const ada = await first.oubli.subject("ada");
  await ada.session({ purpose: "support" }).remember("prefers tea");
  await first.oubli.close();

  const faulty = faultyStores(first.stores);
  const { oubli } = await openProcess(faulty.stores, region.clock, { sources });
  const office = (await oubli.as(OFFICER).find("ada"))!;
  faulty.arm(point);
  await office.erase().catch((error: unknown) => {
    if (!faulty.isDead()) throw error;
  });
  const { writes } = faulty;
  faulty.arm(null);
  if (!faulty.isDead()) await oubli.close();
  return { others, sources, region, stores: first.stores, writes };
}

async function faultsBehind({
  others,
  sources,
  region,
  stores,
}: Awaited<ReturnType<typeof dieAt>>): Promise<readonly string[]> {
  const { oubli } = await openProcess(stores as Stores, region.clock, { sources });
  const office = oubli.as(OFFICER);
  const faults: string[] = [];
  const confirmed = new Set(
    (await ledger(oubli)).flatMap(({ t, target }) => (t === "target.done" ? [target!] : [])),
  );
  const asked = others.map((one) => one.asked.length);
  for (let round = 0; round < 4; round += 1) {
    const some = others.some((one) => one.asked.length > 0);
    if (some && (await oubli.find("ada")) !== null) faults.push("asked before the person was gone");
    region.clock.advance(4 * DAY_MS);
    await oubli.sweep();
  }
  for (const [at, { source, asked: calls }] of others.entries()) {
    // An entry may stand for a step that a crash cut off; then its target is asked once more.
    if (confirmed.has(source.name) && calls.length > asked[at]! + 2) {
      faults.push(`${source.name} was confirmed, and asked more than once again`);
    }
    if (new Set(calls.map(({ request }) => request)).size > 1) faults.push("another request");
  }
  await (await office.find("ada"))?.erase();
  for (const { source, rows } of others) {
    if (rows.has("ada")) faults.push(`${source.name} still has the person`);
    if (!rows.has("bob")) faults.push(`${source.name} lost another`);
  }
  const open = await office.sources.erasures({ open: true });
  if (open.length > 0) faults.push(`${open.length} cases stay open`);
  const settled = (await ledger(oubli)).filter(({ t }) => t === "targets.settled");
  if (settled.length === 0) faults.push("never settled");
  await oubli.close();
  return faults;
}

describe("a process that dies at any write of an erasure in other systems", () => {
  test("is followed by one that ends it, under the same request", async () => {
    const unharmed = await dieAt(null);
    assert.deepEqual(await faultsBehind(unharmed), [], "without a crash");
    assert.ok(unharmed.writes.filter((write) => write === "cases.advance").length >= 4);
    for (const [at, write] of unharmed.writes.entries()) {
      for (const side of SIDES) {
        // What is there after one write is there before the next.
        if (side === "after" && !THOROUGH && at + 1 < unharmed.writes.length) continue;
        const faults = await faultsBehind(await dieAt({ at, side }));
        assert.deepEqual(faults, [], `${side} write ${at}: ${write}`);
      }
    }
  });
});
