import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Oubli, Stores } from "#engine";

import { ENGINES, type Engine } from "./support/ground.ts";
import { interceptStores } from "./support/intercepted-stores.ts";
import { LEASES_OVER_MS, movableClock } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";
import { twoGrounds, type Frozen, type TwoGrounds } from "./support/two-grounds.ts";
import {
  dieBetween,
  faultsBetween,
  openLife,
  REGIONS,
  sceneIn,
  transferAda,
  type Life,
  type RegionName,
  type Scene,
  type TwoPoint,
} from "./support/two-regions.ts";

/**
 * A process dies before, and after, every single write of a transfer, in either region. Whoever
 * opens them next has to find the person in exactly one, whole. Daily it is before every second
 * write and after the others, and one recovery of the three; on a server every sixth, and none.
 */

/** Of how many writes one is died at, daily. */
const STEP = { sqlite: 2, postgres: 6 } as const;

function* pointsOf(
  engine: Engine,
  writes: Readonly<Record<RegionName, readonly string[]>>,
): Generator<TwoPoint> {
  for (const region of REGIONS) {
    for (const at of writes[region].keys()) {
      if (THOROUGH || at % STEP[engine] === 0) yield { region, at, side: "before" };
      if (THOROUGH || at % STEP[engine] === 1) yield { region, at, side: "after" };
    }
  }
}

interface Proof {
  readonly act: (oubli: Oubli) => Promise<unknown>;
  readonly fromOpening?: boolean;
  readonly where: readonly RegionName[];
}

for (const engine of ENGINES) {
  describe(`on ${engine}`, () => {
    let grounds: TwoGrounds;
    let start: Frozen;
    let scene: Scene;
    before(async () => {
      grounds = await twoGrounds(engine);
      const clock = movableClock();
      const life = await grounds.born(clock);
      scene = await sceneIn(clock, life);
      start = await grounds.freeze(life);
      life.end();
    });
    after(async () => {
      await start[Symbol.asyncDispose]();
      await grounds[Symbol.asyncDispose]();
    });

    /** Dies at every write of an act that starts from `first`, and looks at what is left. */
    async function everywhere(first: Frozen, { act, fromOpening = false, where }: Proof) {
      const whole = await first.again();
      const { writes } = await dieBetween(whole, { act, point: null, fromOpening });
      whole.end();
      let points = 0;
      for (const point of pointsOf(engine, writes)) {
        const life = await first.again();
        const { died } = await dieBetween(life, { act, point, fromOpening });
        const method = writes[point.region][point.at];
        const name = `${point.side} write ${point.at} of ${point.region}: ${method}`;
        assert.ok(died, `it does not die ${name}`);
        life.clock.advance(LEASES_OVER_MS);
        assert.deepEqual(await faultsBetween(life, scene, where), [], name);
        life.end();
        points += 1;
      }
      return { points, writes };
    }

    test("without a crash, she is in her new region, whole", async () => {
      const life = await start.again();
      await dieBetween(life, { act: transferAda, point: null });
      assert.deepEqual(await faultsBetween(life, scene, ["us"]), []);
      life.end();
    });

    test("a process that dies at any write of a transfer leaves her in one region, whole", async (t) => {
      const { points, writes } = await everywhere(start, { act: transferAda, where: REGIONS });
      t.diagnostic(`${points} points: eu ${writes.eu.join(" ")} · us ${writes.us.join(" ")}`);
    });

    /** The life of a transfer that died behind a write of one region. */
    async function interrupted(region: RegionName, method: string, last = false): Promise<Life> {
      const trial = await start.again();
      const { writes } = await dieBetween(trial, { act: transferAda, point: null });
      trial.end();
      const at = last ? writes[region].lastIndexOf(method) : writes[region].indexOf(method);
      assert.notEqual(at, -1, `no ${method} in ${region}`);
      const life = await start.again();
      await dieBetween(life, { act: transferAda, point: { region, at, side: "after" } });
      life.clock.advance(LEASES_OVER_MS);
      return life;
    }

    for (const [region, method, last] of [
      ["us", "memory.insert", false],
      ["us", "audit.append", true],
      ["eu", "keys.shredSubject", false],
    ] as const) {
      if (!THOROUGH && (method !== "audit.append" || engine === "postgres")) continue;
      test(`a recovery that dies at any write, after ${method} in ${region}, is recovered from`, async (t) => {
        const life = await interrupted(region, method, last);
        await using first = await grounds.freeze(life);
        life.end();
        const proof = { act: async () => {}, fromOpening: true, where: ["us"] } as const;
        const { points } = await everywhere(first, proof);
        t.diagnostic(`${points} points`);
      });
    }

    test("the check bites: a product that does not finish interrupted transfers is found", async () => {
      const life = await interrupted("us", "memory.insert");
      const without = (_: unknown, stores: Stores): Stores =>
        interceptStores(stores, async ({ method }, go) => (method === "claimErasures" ? [] : go()));
      const faults = await faultsBetween(life, scene, REGIONS, without);
      assert.match(faults.join("\n"), /not readable.*CONFLICT/);
      assert.match(faults.join("\n"), /an act is left/);
      life.end();
    });

    test("the check bites: a product that moves somebody and leaves them where they were is found", async () => {
      const life = await start.again();
      const NOTHING = { nodes: 0, embeddings: 0, derivations: 0, sessions: 0, idempotency: 0 };
      const keeping = (name: RegionName, stores: Stores): Stores =>
        interceptStores(stores, async ({ method }, go) => {
          if (name !== "eu") return go();
          if (method === "purgeSubject") return { removed: NOTHING, done: true };
          return method === "residue" ? NOTHING : go();
        });
      {
        await using both = await openLife(life, keeping);
        await transferAda(both.oubli).catch(() => {});
      }
      const faults = await faultsBetween(life, scene, REGIONS, keeping);
      assert.match(faults.join("\n"), /nodes of hers in eu/);
      life.end();
    });
  });
}
