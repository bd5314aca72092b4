import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { accessLogs, readEntry } from "#audit";
import type { Oubli } from "#engine";

import type { Life } from "./support/dying.ts";
import { faultyStores, type FaultPoint } from "./support/faulty-stores.ts";
import { ENGINES, newGround, openGround, type Engine } from "./support/ground.ts";
import {
  closeStores,
  copyFolder,
  LEASES_OVER_MS,
  memoryRegion,
  movableClock,
  openFolder,
  openProcess,
  removeFolder,
  type Process,
} from "./support/region.ts";
import { saveRegion } from "./support/saved-server.ts";
import { THOROUGH } from "./support/thorough.ts";

/**
 * What is made anew after an erasure is made once, whatever dies on the way; and nobody waits for
 * an application's function longer than for its deadline.
 */

const DEADLINE_MS = 30_000;
const KEPT = "on the yearly plan";

const join = (sources: readonly { readonly content: string }[]) =>
  `joined: ${sources.map(({ content }) => content).join(" + ")}`;

/** Two memories, and `made` of both. */
async function furnish(oubli: Oubli, made: readonly string[] = ["join"]) {
  const person = await oubli.subject("ada");
  const chat = person.session({ purpose: "support" });
  const [tea] = (await chat.remember("prefers tea")).nodes;
  const [plan] = (await chat.remember(KEPT)).nodes;
  for (const name of made) await chat.derive([tea!, plan!], name);
  return { person, chat, tea: tea! };
}

async function derivedOf(oubli: Oubli): Promise<readonly string[]> {
  const { nodes } = await (await oubli.find("ada"))!.self().export();
  return nodes.filter(({ kind }) => kind === "derived").map(({ content }) => content);
}

async function notMade({ stores }: Pick<Process, "stores">): Promise<readonly unknown[]> {
  const { audit } = stores;
  const page = { from: 0, limit: 1000 };
  const logs = accessLogs(audit.logs).map((log) => audit.entries(log, page));
  return (await Promise.all(logs))
    .flat()
    .map(({ bytes }) => readEntry(bytes!))
    .filter((entry) => entry["act"] === "remake")
    .map((entry) => [entry["deriver"], entry["outcome"]]);
}

/** A region that is opened, closed and given out as it was, again and again. */
interface Templates extends AsyncDisposable {
  again(): Promise<Life>;
}

/** The same, with two memories and one made of both. */
async function furnished(engine: Engine): Promise<Templates & { readonly tea: string }> {
  const ground = await newGround(engine, undefined, { notary: "server" });
  const clock = movableClock();
  const stores = await openGround(ground, clock);
  const { oubli } = await openProcess(stores, clock, { derivers: { join } });
  const { tea } = await furnish(oubli);
  await oubli.close();
  await closeStores(stores);
  const saved = engine === "sqlite" ? null : await saveRegion(ground, clock.now());
  const folders: string[] = [];
  const onFiles = async (): Promise<Life> => {
    const folder = copyFolder(ground.folder);
    folders.push(folder);
    const own = movableClock();
    return { clock: own, open: async () => openFolder(folder, own), close: closeStores };
  };
  return {
    tea,
    again: () => saved?.again() ?? onFiles(),
    async [Symbol.asyncDispose]() {
      folders.forEach(removeFolder);
      await saved?.[Symbol.asyncDispose]();
      await ground[Symbol.asyncDispose]();
    },
  };
}

/** Dies at a point of a forget; answers its writes, and what another process makes of the rest. */
async function dieAndReopen(life: Life, tea: string, point: FaultPoint | null) {
  const { clock } = life;
  const real = await life.open();
  const faulty = faultyStores(real);
  const { oubli } = await openProcess(faulty.stores, clock, { derivers: { join } });
  faulty.arm(point);
  await (await oubli.find("ada"))!.forget(tea).catch((error: unknown) => {
    if (!faulty.isDead()) throw error;
  });
  await oubli.close().catch(() => {});
  const { writes } = faulty;
  await life.close(real);

  clock.advance(LEASES_OVER_MS);
  const stores = await life.open();
  const left: (readonly string[])[] = [];
  for (let opening = 0; opening < 2; opening += 1) {
    const next = await openProcess(stores, clock, { derivers: { join } });
    left.push(await derivedOf(next.oubli));
    await next.oubli.close();
    clock.advance(LEASES_OVER_MS);
  }
  await life.close(stores);
  return { writes, left };
}

/** Of how many writes one is died at, daily. */
const STEP = { sqlite: 1, postgres: 3 };

for (const engine of ENGINES) {
  test(`${engine}: a process that dies at any write of a forget leaves one memory made anew, neither none nor two`, async () => {
    await using template = await furnished(engine);
    const before = [`joined: prefers tea + ${KEPT}`];
    const anew = [`joined: ${KEPT}`];
    const { writes, left } = await dieAndReopen(await template.again(), template.tea, null);
    assert.deepEqual(left, [anew, anew], "without a crash");
    assert.ok(writes.includes("audit.settleRemakes"));
    for (const at of writes.keys()) {
      if (!THOROUGH && at % STEP[engine] !== 0) continue;
      for (const side of ["before", "after"] as const) {
        const died = await dieAndReopen(await template.again(), template.tea, { at, side });
        const place = `${side} ${writes[at]}`;
        assert.deepEqual(died.left[1], died.left[0], place);
        const untouched = writes.slice(0, at + 1).filter((write) => write === "audit.append");
        const begun = untouched.length > 1 || (untouched.length === 1 && side === "after");
        if (begun) assert.deepEqual(died.left[0], anew, place);
        else
          assert.ok(
            [before, anew].some(([content]) => content === died.left[0]![0]),
            place,
          );
      }
    }
  });
}

test("a process without the function leaves it to one that has it", async () => {
  const region = memoryRegion();
  const { oubli } = await region.open({ derivers: { join } });
  const { tea } = await furnish(oubli);
  const bare = await region.open();
  await (await bare.oubli.find("ada"))!.forget(tea);
  assert.deepEqual(await derivedOf(oubli), []);

  region.clock.advance(LEASES_OVER_MS);
  await oubli.sweep();
  assert.deepEqual(await derivedOf(oubli), [`joined: ${KEPT}`]);
});

test("a function that does not answer holds nobody up beyond its deadline, and is written down", async () => {
  const region = memoryRegion();
  const asked = Promise.withResolvers<void>();
  let hangs = false;
  const slow = (sources: readonly { readonly content: string }[]) => {
    if (!hangs) return join(sources);
    asked.resolve();
    return new Promise<string>(() => {});
  };
  const { oubli, stores } = await region.open({ derivers: { slow, join } });
  const { person, tea } = await furnish(oubli, ["slow", "join"]);
  hangs = true;
  mock.timers.enable({ apis: ["setTimeout"] });
  const forgotten = person.forget(tea);
  await asked.promise;
  mock.timers.tick(DEADLINE_MS);
  const { stage } = await forgotten;
  mock.timers.reset();

  assert.equal(stage, "executed");
  assert.deepEqual(await notMade({ stores }), [["slow", "late"]]);
  // The others are made by the next redo: nobody waits for them.
  region.clock.advance(LEASES_OVER_MS);
  await oubli.sweep();
  assert.deepEqual(await derivedOf(oubli), [`joined: ${KEPT}`]);
  assert.deepEqual(await notMade({ stores }), [["slow", "late"]], "it is not asked again");
});

test("what a function answers behind its deadline is not stored", async () => {
  const region = memoryRegion();
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  let hangs = false;
  const slow = () => {
    if (!hangs) return "made";
    asked.resolve();
    return answer.promise;
  };
  const { oubli } = await region.open({ derivers: { slow } });
  const { person, tea } = await furnish(oubli, ["slow"]);
  hangs = true;
  mock.timers.enable({ apis: ["setTimeout"] });
  const forgotten = person.forget(tea);
  await asked.promise;
  mock.timers.tick(DEADLINE_MS);
  await forgotten;
  mock.timers.reset();
  answer.resolve("made too late");
  await oubli.sweep();
  assert.deepEqual(await derivedOf(oubli), []);
});

test("one that throws leaves nothing behind, and is written down", async () => {
  const region = memoryRegion();
  let breaks = false;
  const angry = (sources: readonly { readonly content: string }[]) => {
    if (breaks) throw new Error("what it says may be anybody's");
    return join(sources);
  };
  const { oubli, stores } = await region.open({ derivers: { angry } });
  const { person, tea } = await furnish(oubli, ["angry"]);
  breaks = true;
  await person.forget(tea);
  assert.deepEqual(await notMade({ stores }), [["angry", "threw"]]);
  assert.deepEqual(await derivedOf(oubli), []);
});
