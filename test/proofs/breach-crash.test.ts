import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openWith, type Oubli } from "#engine";
import { isOubliError, OubliError } from "#kernel";
import { defineConfig } from "#policy";

import { CONTROLLER, outbox, report, TEXTS } from "../spec/office/breach-world.ts";
import { PURPOSES } from "../spec/world.ts";
import { newGround, openGround } from "./support/ground.ts";
import { movableClock, OFFICER, REGION } from "./support/region.ts";

// Goal: an incident that stands in the ledger brings all of its consequences, wherever the process that
// took it in died. Method: it dies before each write of a case in turn, and another process goes on.

const CONFIG = defineConfig({
  purposes: PURPOSES,
  controller: CONTROLLER,
  regions: { [REGION]: { jurisdictions: ["*"], store: "sqlite:./unused" } },
});

const WRITES = ["open", "advance"] as const;

async function openBoth(failure: () => Error = () => new OubliError("STORE_UNAVAILABLE")) {
  const clock = movableClock();
  const ground = await newGround("sqlite");
  const stores = await openGround(ground, clock);
  let left = Infinity;
  const cases = new Proxy(stores.cases, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (!WRITES.some((write) => write === name)) return method;
      return (...given: unknown[]) => {
        left -= 1;
        if (left < 0) throw failure();
        return (method as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  const box = outbox();
  const options = { clock, sweep: "manual", notifiers: [box.notifier] } as const;
  const dying = await openWith({ ...stores, cases }, CONFIG, REGION, false, options);
  for (const name of ["ada", "bob"]) await dying.subject(name);
  return {
    clock,
    box,
    dying: dying.as(OFFICER),
    another: async (): Promise<Oubli> =>
      (await openWith(stores, CONFIG, REGION, false, options)).as(OFFICER),
    dieAfter(writes: number) {
      left = writes;
    },
    async [Symbol.asyncDispose]() {
      await ground[Symbol.asyncDispose]();
    },
  };
}

describe("an incident brings its consequences, wherever a process dies", () => {
  test("before each write of a case: the officer is told, each task and letter is there once", async () => {
    let died = 0;
    for (let writes = 0; ; writes += 1) {
      await using place = await openBoth();
      place.dieAfter(writes);
      const people = ["ada", "bob"];
      const given = report({ severity: "critical", affectedUsers: people, ...TEXTS });
      const failed = await place.dying.breach.open(given).then(
        () => false,
        (error: unknown) => {
          assert.ok(isOubliError(error, "STORE_UNAVAILABLE"));
          return true;
        },
      );
      if (!failed) break;
      died += 1;

      const after = await place.another();
      for (let minutes = 0; minutes < 4; minutes += 1) {
        place.clock.advance(61_000);
        await after.breach.work();
      }
      const { incidents } = await after.breach.list();
      // Before its row there is no incident: whoever reported it was told so.
      assert.equal(incidents.length, writes === 0 ? 0 : 1);
      if (writes === 0) continue;
      const { stage, tasks, alerts, letters } = await after.breach.show(incidents[0]!.id);
      assert.equal(stage, "settled", `after ${writes} writes`);
      assert.ok(alerts.some(({ about, state }) => about === "opened" && String(state) === "sent"));
      const duties = tasks.map(({ duty }) => duty);
      assert.equal(new Set(duties).size, duties.length);
      assert.ok(duties.includes("oubli.authority"));
      assert.deepEqual([letters.queued, letters.sent, letters.unreached], [0, 2, 0]);
    }
    assert.ok(died >= 6, `a process that dies ${died} times proves little`);
  });
});

describe("an error that nobody foresaw, in one incident", () => {
  test("keeps no other incident from what is due", async () => {
    let broken = 0;
    await using place = await openBoth(() => {
      broken += 1;
      if (broken > 2) place.dieAfter(Infinity);
      return broken > 2 ? new RangeError("planted") : new OubliError("STORE_UNAVAILABLE");
    });
    for (const affectedUsers of [["ada"], ["bob"]]) {
      place.dieAfter(1);
      const opening = place.dying.breach.open(report({ severity: "critical", affectedUsers }));
      await assert.rejects(opening, { code: "STORE_UNAVAILABLE" });
    }
    place.clock.advance(61_000);
    place.dieAfter(0);
    await place.dying.breach.work();
    const stages = async () => {
      const { incidents } = await place.dying.breach.list();
      const shown = await Promise.all(incidents.map(({ id }) => place.dying.breach.show(id)));
      return shown.map(({ stage }) => stage).toSorted();
    };
    assert.equal(broken, 3);
    assert.equal((await stages()).filter((stage) => stage === "settled").length, 1);
    place.clock.advance(61_000);
    await place.dying.breach.work();
    assert.deepEqual(await stages(), ["settled", "settled"]);
  });
});
