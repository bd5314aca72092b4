import { openRegions, openWith, type Oubli, type Stores } from "#engine";
import type { Word } from "#kernel";

import { adaIn, configIn, OFFICER, SCC, told } from "../../spec/transfers.ts";
import { faultyStores, type FaultPoint, type FaultyStores } from "./faulty-stores.ts";
import { interceptStores } from "./intercepted-stores.ts";
import { newFolder, type MovableClock } from "./region.ts";
import { lifeIn, REGIONS, type Life, type RegionName } from "./two-grounds.ts";

export type Wrap = (name: RegionName, stores: Stores) => Stores;

const straight: Wrap = (_, stores) => stores;

export interface Both extends AsyncDisposable {
  readonly oubli: Oubli;
  readonly stores: Readonly<Record<RegionName, Stores>>;
}

/** Both regions of a folder, as one process opens them. */
export function openBoth(folder: string, clock: MovableClock, wrap: Wrap = straight) {
  return openLife(lifeIn(folder, clock), wrap);
}

/** Both regions, as one process opens them. */
export async function openLife(life: Life, wrap: Wrap = straight): Promise<Both> {
  const { folder, clock } = life;
  const config = configIn(folder);
  const peers = new Map();
  const stores = { eu: await life.open("eu"), us: await life.open("us") };
  const close = async (): Promise<void> => {
    for (const name of REGIONS) await life.close(stores[name]);
  };
  let last: Promise<unknown> = Promise.resolve();
  const open = (name: Word): Promise<Oubli> => {
    const seen = wrap(
      name as string as RegionName,
      interceptStores(stores[name as never], (_, go) => go()),
    );
    const options = { clock, peers, sweep: "manual", actor: OFFICER } as const;
    // One behind the other: the n-th write of a region is the same one every time.
    const opening = last.then(() => openWith(seen, config, name, false, options));
    last = opening.catch(() => {});
    return opening;
  };
  try {
    const oubli = await openRegions(config.policy, REGIONS as never, open, peers);
    return {
      oubli,
      stores,
      async [Symbol.asyncDispose]() {
        await oubli.close().catch(() => {});
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface TwoPoint extends FaultPoint {
  readonly region: RegionName;
}

export interface Died {
  readonly writes: Readonly<Record<RegionName, readonly string[]>>;
  readonly died: boolean;
}

/**
 * Opens both regions, acts, and dies at the n-th write of one of them: from then on neither answers.
 *
 * @param fromOpening Whether the writes of the opening count as well.
 */
export async function dieBetween(
  life: Life,
  {
    act,
    point,
    fromOpening = false,
  }: {
    readonly act: (oubli: Oubli) => Promise<unknown>;
    readonly point: TwoPoint | null;
    readonly fromOpening?: boolean;
  },
): Promise<Died> {
  const faulty = new Map<RegionName, FaultyStores>();
  const isDead = (): boolean => [...faulty.values()].some((one) => one.isDead());
  const arm = (): void => {
    for (const [name, one] of faulty) one.arm(point?.region === name ? point : null);
  };
  const wrap: Wrap = (name, real) => {
    const one = faultyStores(real, fromOpening && point?.region === name ? point : null);
    faulty.set(name, one);
    return interceptStores(one.stores, async (_, go) => {
      if (isDead()) throw new Error("dead");
      return go();
    });
  };
  try {
    await using both = await openLife(life, wrap);
    if (!fromOpening) arm();
    await act(both.oubli);
  } catch (error) {
    if (!isDead()) throw error;
  }
  const writes = (name: RegionName) => faulty.get(name)?.writes ?? [];
  return { writes: { eu: writes("eu"), us: writes("us") }, died: isDead() };
}

/** Ada with everything in the EU; somebody else in each region. */
export async function sceneIn(clock: MovableClock, given?: Life) {
  const life = given ?? lifeIn(newFolder(), clock);
  await using both = await openLife(life);
  const { ada } = await adaIn(both.oubli);
  for (const [name, jurisdiction] of [
    ["eve", "FR"],
    ["bob", "US"],
  ] as const) {
    const person = await both.oubli.subject(name, { jurisdiction });
    await person.session({ purpose: "support" }).remember("Tea.", { category: "preference" });
  }
  return { folder: life.folder, ada: ada.id, told: await told(ada) };
}

export type Scene = Awaited<ReturnType<typeof sceneIn>>;

export async function transferAda(oubli: Oubli): Promise<void> {
  const ada = await oubli.find("ada", { region: "eu" });
  await ada!.transfer(SCC);
}

/**
 * What is wrong with two regions in which Ada's transfer was begun: she has to be in exactly one of
 * them, whole, with nothing of hers in the other, both ledgers telling what gates read.
 *
 * @param where Where she may be.
 */
export async function faultsBetween(
  life: Life,
  scene: Scene,
  where: readonly RegionName[],
  wrap: Wrap = straight,
): Promise<readonly string[]> {
  const faults: string[] = [];
  await using both = await openLife(life, wrap);
  const { oubli, stores } = both;
  const ada = await oubli.find("ada");
  if (ada === null) return ["she is nowhere"];
  const home = ada.region as string as RegionName;
  const other = home === "eu" ? "us" : "eu";
  if (!where.includes(home)) faults.push(`she is in ${home}`);
  if ((home === "eu") !== (ada.id === scene.ada)) faults.push("she has the other region's id");
  try {
    const now = await told(ada);
    if (JSON.stringify(now) !== JSON.stringify(scene.told)) faults.push("she is not whole");
  } catch (error) {
    faults.push(`she is not readable: ${String(error)}`);
  }
  if ((await oubli.find("ada", { region: other })) !== null) faults.push("she is in both");
  const mine = scene.told.nodes.length;
  if ((await life.count(home, "node")) !== mine + 1) faults.push(`nodes in ${home}`);
  if ((await life.count(other, "node")) !== 1) faults.push(`nodes of hers in ${other}`);
  if ((await life.count(other, "node_key")) !== 1) faults.push(`keys of hers in ${other}`);
  if ((await life.count(other, "subject_key")) !== 1) faults.push(`a key of hers in ${other}`);
  for (const name of REGIONS) {
    const auditor = oubli.region(name).as({ kind: "staff", id: "a", roles: ["auditor"] });
    for (const { log, faults: found } of await auditor.audit.check()) {
      for (const { fault, index } of found) faults.push(`${name} ${log} ${fault} ${index}`);
    }
    if ((await stores[name].audit.oldestPending()) !== null) faults.push(`${name}: an act is left`);
  }
  return faults;
}

export { REGIONS, type Life, type RegionName };
