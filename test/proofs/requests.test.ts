import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { readEntry } from "#audit";
import { openWith, type Oubli, type Stores } from "#engine";
import { DAY_MS } from "#kernel";
import { defineConfig } from "#policy";

import { otherSystem } from "../spec/office/other-system.ts";
import { faultyStores, type FaultPoint } from "./support/faulty-stores.ts";
import { interceptStores } from "./support/intercepted-stores.ts";
import { LEASES_OVER_MS, memoryRegion, OFFICER, REGION } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: a request that was received is answered, whatever dies meanwhile, and is answered once.
// Method: a process dies at each write of a request for erasure; another one takes over.

const CONFIG = defineConfig({
  controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
  regions: { [REGION]: { jurisdictions: ["*"], store: "sqlite:./unused" } },
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
});
const SIDES = ["before", "after"] as const;
const ASKED = { person: "ada", right: "erasure", manner: "form", identity: "session" } as const;

async function dieAt(point: FaultPoint | null) {
  const region = memoryRegion();
  const { stores, oubli: first } = await region.open();
  await first.close();
  const crm = otherSystem("crm");
  const open = (over: Stores): Promise<Oubli> =>
    openWith(
      interceptStores(over, (_, go) => go()),
      CONFIG,
      REGION,
      false,
      {
        clock: region.clock,
        sources: [crm.source],
        sweep: "manual",
      },
    );
  const before = await open(stores);
  await (await before.subject("ada")).session({ purpose: "support" }).remember("prefers tea");
  await before.close();

  const faulty = faultyStores(stores);
  const oubli = await open(faulty.stores);
  faulty.arm(point);
  let told = false;
  try {
    const { request } = await oubli.requests.receive(ASKED);
    told = true;
    await oubli.as(OFFICER).requests.advance(request.request);
  } catch (error) {
    if (!faulty.isDead()) throw error;
  }
  const { writes } = faulty;
  faulty.arm(null);
  if (!faulty.isDead()) await oubli.close();
  return { region, stores, crm, open, writes, told };
}

async function faultsBehind({
  region,
  stores,
  crm,
  open,
  told,
}: Awaited<ReturnType<typeof dieAt>>): Promise<readonly string[]> {
  const faults: string[] = [];
  region.clock.advance(LEASES_OVER_MS);
  const oubli = await open(stores);
  const { requests } = oubli.as(OFFICER);
  for (let round = 0; round < 3; round += 1) {
    await oubli.sweep();
    region.clock.advance(DAY_MS);
  }
  const left = (await requests.list()).requests;
  if (left.length > 1) faults.push(`${left.length} requests of one`);
  if (told && left.length === 0) faults.push("somebody was told of a request that is not there");
  const [one] = left;
  const id = one?.request ?? (await oubli.requests.receive(ASKED)).request.request;
  // The officer had not begun: nothing goes on by itself that nobody had told to.
  if (one === undefined || ["received", "acknowledged"].includes(one.state)) {
    if ((await oubli.find("ada")) === null) faults.push("erased before anybody advanced it");
    for (let turn = 0; turn < 2; turn += 1) {
      if ((await requests.show(id)).state !== "completed") await requests.advance(id);
    }
  }
  const { state, letters, warned } = await requests.show(id);
  if (state !== "completed") faults.push(`it stays ${state}`);
  const answers = letters.filter(({ letter }) => letter === "answer").length;
  if (answers !== 1) faults.push(`${answers} answers`);
  if (warned.length > 0) faults.push("warned within days");
  if (crm.rows.has("ada")) faults.push("the other system still has the person");
  if ((await oubli.find("ada")) !== null) faults.push("the person is still here");
  faults.push(...(await untold(oubli, stores, id)));
  await oubli.close();
  return faults;
}

/** A row never stands at a step that the ledger does not tell. */
async function untold(oubli: Oubli, { cases }: Stores, id: string): Promise<readonly string[]> {
  const auditor = oubli.as({ kind: "staff", id: "eve", roles: ["auditor"] });
  const steps = new Set<number>();
  for (let index = 0; ; index += 1) {
    const bytes = await auditor.audit.entry("ledger", index);
    if (bytes === null) break;
    const entry = readEntry(bytes);
    if (entry["case"] === id) steps.add(entry["step"] as number);
  }
  const row = await cases.load("default" as never, id as never);
  const missing = Array.from({ length: row!.step + 1 }, (_, step) => step).filter(
    (step) => !steps.has(step),
  );
  return missing.map((step) => `step ${step} is not in the ledger`);
}

describe("a process that dies at any write of a request for erasure", () => {
  test("is followed by one that answers it, once", async () => {
    const unharmed = await dieAt(null);
    assert.deepEqual(await faultsBehind(unharmed), [], "without a crash");
    assert.ok(unharmed.writes.filter((write) => write === "cases.advance").length >= 4);
    for (const [at, write] of unharmed.writes.entries()) {
      if (!THOROUGH && at % 3 !== 0) continue;
      for (const side of THOROUGH ? SIDES : [SIDES[at % 2]!]) {
        const faults = await faultsBehind(await dieAt({ at, side }));
        assert.deepEqual(faults, [], `${side} write ${at}: ${write}`);
      }
    }
  });
});

describe("an error that nobody foresaw, in one request", () => {
  test("keeps no other from what is due", async () => {
    const region = memoryRegion();
    const { stores, oubli: first } = await region.open();
    await first.close();
    let broken = false;
    const failing = interceptStores(stores, ({ port, method }, go) => {
      if (!broken || port !== "cases" || method !== "advance") return go();
      broken = false;
      throw new RangeError("planted");
    });
    const options = { clock: region.clock, sweep: "manual" } as const;
    const oubli = await openWith(failing, CONFIG, REGION, false, options);
    for (const person of ["ada", "bob"]) {
      await oubli.subject(person);
      await oubli.requests.receive({ ...ASKED, person });
    }
    region.clock.advance(16 * DAY_MS);
    broken = true;
    const { warned, failed } = await oubli.requests.tend();
    assert.deepEqual([warned, failed], [1, 1]);
    await oubli.close();
  });
});
