import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openWith, type Oubli, type Stores } from "#engine";
import type { EpochMs } from "#kernel";
import { defineConfig } from "#policy";

import { ENGINES } from "./support/ground.ts";
import { interceptStores, type Around } from "./support/intercepted-stores.ts";
import { oubliOn } from "./support/oubli-on.ts";
import { memoryRegion, OFFICER, REGION } from "./support/region.ts";

// Goal: of two processes that take the same request in at one instant, one has it, and the other's is
// linked to it. Method: two of them write and look in every order there is.

const OFFICE = {
  controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
} as const;
const CONFIG = defineConfig({
  ...OFFICE,
  regions: { [REGION]: { jurisdictions: ["*"], store: "sqlite:./unused" } },
});

/** What two processes may see of each other, in the order in which they come to it. */
const SEEN = new Set(["open", "list", "advance"]);
/** Each opens, looks and takes a step; what comes behind that comes by turns. */
const TURNS = 3;

/** Two processes over one store. Each waits before every write and look until it is its turn. */
async function twoProcesses(stores: Stores, clock: { now(): never }) {
  const waiting: (() => void)[][] = [[], []];
  let free = true;
  const open = (own: number): Promise<Oubli> =>
    openWith(
      interceptStores(stores, async ({ port, method }, go) => {
        if (!free && port === "cases" && SEEN.has(method)) {
          await new Promise<void>((resolve) => waiting[own]!.push(resolve));
        }
        return go();
      }),
      CONFIG,
      REGION,
      false,
      { clock, sweep: "manual" },
    );
  const both = [await open(0), await open(1)] as const;

  /** Runs an act in each, in an order: at each turn one of them goes on to its next write or look. */
  async function inOrder<Done>(order: readonly number[], act: (oubli: Oubli) => Promise<Done>) {
    free = false;
    let done = 0;
    const acts = both.map((oubli) => act(oubli).finally(() => (done += 1)));
    for (const turn of order) {
      await idle();
      waiting[turn]!.shift()?.();
    }
    free = true;
    while (done < both.length) {
      for (const own of waiting) own.shift()?.();
      await idle();
    }
    return Promise.all(acts);
  }
  return { both, inOrder };
}

/** Until neither can go on by itself: stores in memory answer within a few turns of the loop. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise(setImmediate);
}

/** Every order of two processes' turns. */
function orders(left: number, right: number): readonly (readonly number[])[] {
  if (left + right === 0) return [[]];
  return [
    ...(left > 0 ? orders(left - 1, right).map((rest) => [0, ...rest]) : []),
    ...(right > 0 ? orders(left, right - 1).map((rest) => [1, ...rest]) : []),
  ];
}

/** What is wrong with two answers to the same request. */
async function faultsOf(
  oubli: Oubli,
  answers: readonly { request: { request: string }; code: string | null }[],
): Promise<readonly string[]> {
  const { requests } = oubli.as(OFFICER);
  const shown = await Promise.all(answers.map(({ request }) => requests.show(request.request)));
  const linked = shown.filter(({ state }) => state === "duplicate");
  const [first] = shown.filter(({ state }) => state !== "duplicate");
  const faults: string[] = [];
  if (linked.length !== 1) faults.push(`${shown.map(({ state }) => state)}`);
  else if (linked[0]!.duplicateOf !== first!.request) faults.push("linked to another");
  for (const [at, { code }] of answers.entries()) {
    const held = shown[at]!.state === "identity-pending";
    if ((code !== null) !== held) faults.push("a code for the one that is linked, or none");
  }
  return faults;
}

const ASKED = { right: "erasure", manner: "form" } as const;

describe("the same request in two processes at one instant", () => {
  for (const identity of ["session", "code"] as const) {
    test(`is one and a duplicate, in every order of their steps (${identity})`, async () => {
      const region = memoryRegion();
      const { stores, oubli: first } = await region.open();
      await first.close();
      const { both, inOrder } = await twoProcesses(stores, region.clock as never);
      for (const [at, order] of orders(TURNS, TURNS).entries()) {
        const person = `person-${at}`;
        await both[0].subject(person);
        const answers = await inOrder(order, (oubli) =>
          oubli.requests.receive({ ...ASKED, identity, person }),
        );
        const faults = await faultsOf(both[0], answers);
        const shown = identity === "session" ? faults.filter((one) => !/code/.test(one)) : faults;
        assert.deepEqual(shown, [], order.join(""));
      }
      for (const oubli of both) await oubli.close();
    });
  }

  test("takes along what was linked to it, while it was not linked itself yet", async () => {
    const region = memoryRegion();
    const { stores } = await region.open();
    const { both, inOrder } = await twoProcesses(stores, region.clock as never);
    const [slow, other] = both;
    await slow.subject("ada");
    const ask = (oubli: Oubli) =>
      oubli.requests.receive({ ...ASKED, identity: "session", person: "ada" });
    const first = (await ask(other)).request;
    region.clock.advance(1);
    let middle = "";
    // The slow one's row is there, and it looks only when a third was linked to it.
    const [, last] = await inOrder([0, 1, 1, 1, 1, 1, 1], async (oubli) => {
      if (oubli === slow) middle = (await ask(oubli)).request.request;
      else {
        region.clock.advance(1);
        return (await ask(oubli)).request;
      }
      return null;
    });
    const { requests } = other.as(OFFICER);
    for (const id of [middle, last!.request]) {
      const { state, duplicateOf } = await requests.show(id);
      assert.deepEqual([state, duplicateOf], ["duplicate", first.request]);
    }
    for (const oubli of both) await oubli.close();
  });

  test("looks again where the other one went on between its two looks", async () => {
    const region = memoryRegion();
    const { stores, oubli } = await region.open();
    await oubli.subject("ada");
    const ask = (by: Oubli) => by.requests.receive({ ...ASKED, identity: "code", person: "ada" });
    const [looked, listed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const opened = (around: Around, behindMs: number) =>
      openWith(interceptStores(stores, around), CONFIG, REGION, false, {
        clock: { now: () => (region.clock.now() - behindMs) as EpochMs },
        sweep: "manual",
      });
    // It has looked when there was nobody else, and goes on once the other has listed it.
    const early = await opened(async ({ port, method }, go) => {
      if (port === "cases" && method === "advance") {
        looked.resolve();
        await listed.promise;
      }
      return go();
    }, 0);
    const first = ask(early);
    await looked.promise;
    // By its own clock it came first.
    const late = await opened(async ({ port, method }, go) => {
      const result = await go();
      if (port === "cases" && method === "list") {
        listed.resolve();
        await first;
      }
      return result;
    }, 1);
    const answers = [await ask(late), await first];
    assert.deepEqual(await faultsOf(oubli, answers), []);
    for (const one of [early, late, oubli]) await one.close();
  });

  for (const engine of ENGINES) {
    test(`${engine}: over two connections it is one and a duplicate`, async () => {
      await using world = await oubliOn(engine, OFFICE);
      const both = [world.oubli, await world.open()];
      for (let at = 0; at < 3; at += 1) {
        const person = `person-${at}`;
        await world.oubli.subject(person);
        const answers = await Promise.all(
          both.map((oubli) => oubli.requests.receive({ ...ASKED, identity: "code", person })),
        );
        assert.deepEqual(await faultsOf(world.oubli, answers), []);
      }
      await both[1]!.close();
    });
  }
});
