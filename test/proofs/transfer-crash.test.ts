import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Oubli, Stores } from "#engine";

import { interceptStores } from "./support/intercepted-stores.ts";
import { LEASES_OVER_MS, movableClock, type MovableClock } from "./support/region.ts";
import {
  copyFolder,
  dieBetween,
  faultsBetween,
  openBoth,
  REGIONS,
  removeFolder,
  sceneIn,
  transferAda,
  type RegionName,
  type Scene,
  type TwoPoint,
} from "./support/two-regions.ts";
import { THOROUGH } from "./support/thorough.ts";

/**
 * A process dies before, and after, every single write of a transfer, in either region. Whoever
 * opens them next has to find the person in exactly one, whole. Daily it is before every second
 * write and after the others, and one recovery of the three.
 */

let scene: Scene;
const START = movableClock();

before(async () => {
  scene = await sceneIn(START);
});
after(() => removeFolder(scene.folder));

interface Life {
  readonly folder: string;
  readonly clock: MovableClock;
}

const copyOf = ({ folder, clock }: Life): Life => ({
  folder: copyFolder(folder),
  clock: movableClock(clock.now()),
});
const born = (): Life => copyOf({ folder: scene.folder, clock: START });

function* pointsOf(writes: Readonly<Record<RegionName, readonly string[]>>): Generator<TwoPoint> {
  for (const region of REGIONS) {
    for (const at of writes[region].keys()) {
      if (THOROUGH || at % 2 === 0) yield { region, at, side: "before" };
      if (THOROUGH || at % 2 === 1) yield { region, at, side: "after" };
    }
  }
}

interface Proof {
  readonly act: (oubli: Oubli) => Promise<unknown>;
  readonly fromOpening?: boolean;
  readonly where: readonly RegionName[];
}

/** Dies at every write of an act that starts from `first`, and looks at what is left. */
async function everywhere(first: Life, { act, fromOpening = false, where }: Proof) {
  const whole = copyOf(first);
  const { writes } = await dieBetween(whole.folder, whole.clock, { act, point: null, fromOpening });
  removeFolder(whole.folder);
  let points = 0;
  for (const point of pointsOf(writes)) {
    const life = copyOf(first);
    const { died } = await dieBetween(life.folder, life.clock, { act, point, fromOpening });
    const name = `${point.side} write ${point.at} of ${point.region}: ${writes[point.region][point.at]}`;
    assert.ok(died, `it does not die ${name}`);
    life.clock.advance(LEASES_OVER_MS);
    assert.deepEqual(await faultsBetween(life, scene, where), [], name);
    removeFolder(life.folder);
    points += 1;
  }
  return { points, writes };
}

test("without a crash, she is in her new region, whole", async () => {
  const life = born();
  await dieBetween(life.folder, life.clock, { act: transferAda, point: null });
  assert.deepEqual(await faultsBetween(life, scene, ["us"]), []);
  removeFolder(life.folder);
});

test("a process that dies at any write of a transfer leaves her in one region, whole", async (t) => {
  const { points, writes } = await everywhere(born(), { act: transferAda, where: REGIONS });
  t.diagnostic(`${points} points: eu ${writes.eu.join(" ")} · us ${writes.us.join(" ")}`);
});

/** The life of a transfer that died behind a write of one region. */
async function interrupted(region: RegionName, method: string, last = false): Promise<Life> {
  const trial = born();
  const { writes } = await dieBetween(trial.folder, trial.clock, { act: transferAda, point: null });
  removeFolder(trial.folder);
  const at = last ? writes[region].lastIndexOf(method) : writes[region].indexOf(method);
  assert.notEqual(at, -1, `no ${method} in ${region}`);
  const life = born();
  const point = { region, at, side: "after" } as const;
  await dieBetween(life.folder, life.clock, { act: transferAda, point });
  life.clock.advance(LEASES_OVER_MS);
  return life;
}

for (const [region, method, last] of [
  ["us", "memory.insert", false],
  ["us", "audit.append", true],
  ["eu", "keys.shredSubject", false],
] as const) {
  if (!THOROUGH && method !== "audit.append") continue;
  test(`a recovery that dies at any write, after ${method} in ${region}, is recovered from`, async (t) => {
    const first = await interrupted(region, method, last);
    const proof = { act: async () => {}, fromOpening: true, where: ["us"] } as const;
    const { points } = await everywhere(first, proof);
    t.diagnostic(`${points} points`);
    removeFolder(first.folder);
  });
}

test("the check bites: a product that does not finish interrupted transfers is found", async () => {
  const life = await interrupted("us", "memory.insert");
  const without = (_: unknown, stores: Stores): Stores =>
    interceptStores(stores, async ({ method }, go) => (method === "claimErasures" ? [] : go()));
  const faults = await faultsBetween(life, scene, REGIONS, without);
  assert.match(faults.join("\n"), /not readable.*CONFLICT/);
  assert.match(faults.join("\n"), /an act is left/);
  removeFolder(life.folder);
});

test("the check bites: a product that moves somebody and leaves them where they were is found", async () => {
  const life = born();
  const NOTHING = { nodes: 0, embeddings: 0, derivations: 0, sessions: 0, idempotency: 0 };
  const { clock, folder } = life;
  const keeping = (name: RegionName, stores: Stores): Stores =>
    interceptStores(stores, async ({ method }, go) => {
      if (name !== "eu") return go();
      if (method === "purgeSubject") return { removed: NOTHING, done: true };
      return method === "residue" ? NOTHING : go();
    });
  {
    await using both = await openBoth(folder, clock, keeping);
    await transferAda(both.oubli).catch(() => {});
  }
  const faults = await faultsBetween(life, scene, REGIONS, keeping);
  assert.match(faults.join("\n"), /nodes of hers in eu/);
  removeFolder(folder);
});
