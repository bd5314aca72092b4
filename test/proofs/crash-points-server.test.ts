import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createActor } from "./support/acts.ts";
import { THOROUGH } from "./support/thorough.ts";
import { CRASH_ACTS, setScene, type Scene } from "./support/crash-acts.ts";
import { dieDuring, faultsOf } from "./support/dying.ts";
import { newGround, openGround } from "./support/ground.ts";
import { memoryJournal, type Operation } from "./support/history.ts";
import type { Around } from "./support/intercepted-stores.ts";
import { closeStores, movableClock, openProcess } from "./support/region.ts";
import { saveRegion, type SavedRegion } from "./support/saved-server.ts";

/**
 * Proof 3, crash, at named points, on a server: a process dies before, and after, every single
 * write of the acts that write in more than one database.
 */

const DAILY = ["remember", "forget"];
const ALL = [...DAILY, "correct", "erase", "erase with a held memory", "withdraw"];
const ACTS = THOROUGH ? ALL : DAILY;

let ground: Awaited<ReturnType<typeof newGround>>;
let saved: SavedRegion;
let scene: Scene;
let past: readonly Operation[];

before(async () => {
  ground = await newGround("postgres", undefined, { notary: "server" });
  const clock = movableClock();
  const journal = memoryJournal("scene");
  const stores = await openGround(ground, clock);
  const { oubli } = await openProcess(stores, clock);
  scene = await setScene(createActor(oubli, journal));
  await oubli.close();
  await closeStores(stores);
  past = journal.operations;
  saved = await saveRegion(ground, clock.now());
});
after(async () => {
  await saved[Symbol.asyncDispose]();
  await ground[Symbol.asyncDispose]();
});

for (const name of ACTS) {
  const actsOf = CRASH_ACTS[name as keyof typeof CRASH_ACTS];
  test(`on a server, a process that dies at any write of ${name} loses and half-does nothing`, async (context) => {
    const whole = await saved.again();
    const unharmed = await dieDuring(whole, { acts: actsOf(scene), point: null });
    const faults = await faultsOf(whole, [...past, ...unharmed.history]);
    assert.deepEqual(faults, [], "without a crash");
    assert.ok(unharmed.writes.length > 0, "an act without writes has no fault points");

    for (const [at, write] of unharmed.writes.entries()) {
      for (const side of ["before", "after"] as const) {
        const life = await saved.again();
        const { history, died } = await dieDuring(life, {
          acts: actsOf(scene),
          point: { at, side },
        });
        assert.ok(died, `it does not die ${side} write ${at}, ${write}`);
        const faults = await faultsOf(life, [...past, ...history]);
        assert.deepEqual(faults, [], `${side} write ${at} of ${name}: ${write}`);
      }
    }
    context.diagnostic(`${2 * unharmed.writes.length} points: ${unharmed.writes.join(" ")}`);
  });
}

test("the check bites: on a server, a row that is said to be swapped and is not is found", async () => {
  const life = await saved.again();
  const around: Around = ({ port, method }, go) =>
    port === "memory" && method === "swap" ? Promise.resolve("swapped") : go();
  const acts = CRASH_ACTS.correct(scene);
  const { history } = await dieDuring(life, { acts, point: null, around });
  const faults = await faultsOf(life, [...past, ...history]);
  assert.match(faults.join("\n"), /is not there|old text/);
});
