import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { closeStores, openRegions, openStores, openWith, type Oubli, type Stores } from "#engine";
import type { Word } from "#kernel";

import { adaIn, configIn, OFFICER, SCC, told } from "../../spec/transfers.ts";
import { faultyStores, type FaultPoint, type FaultyStores } from "./faulty-stores.ts";
import { interceptStores } from "./intercepted-stores.ts";
import { copyFolder, newFolder, removeFolder, type MovableClock } from "./region.ts";

export const REGIONS = ["eu", "us"] as const;

export type RegionName = (typeof REGIONS)[number];

export type Wrap = (name: RegionName, stores: Stores) => Stores;

const straight: Wrap = (_, stores) => stores;

export interface Both extends AsyncDisposable {
  readonly oubli: Oubli;
  readonly stores: Readonly<Record<RegionName, Stores>>;
}

/** Both regions of a folder, as one process opens them. */
export async function openBoth(
  folder: string,
  clock: MovableClock,
  wrap: Wrap = straight,
): Promise<Both> {
  const config = configIn(folder);
  const peers = new Map();
  const place = (name: string) => ({
    data: join(folder, name, "data"),
    root: join(folder, name, "root"),
  });
  const stores = {
    eu: openStores(place("eu"), "eu", clock),
    us: openStores(place("us"), "us", clock),
  };
  const close = async (): Promise<void> => {
    for (const name of REGIONS) await closeStores(stores[name]);
  };
  const open = (name: Word): Promise<Oubli> => {
    const seen = wrap(
      name as string as RegionName,
      interceptStores(stores[name as never], (_, go) => go()),
    );
    const options = { clock, peers, sweep: "manual", actor: OFFICER } as const;
    return openWith(seen, config, name, false, options);
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
  folder: string,
  clock: MovableClock,
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
    await using both = await openBoth(folder, clock, wrap);
    if (!fromOpening) arm();
    await act(both.oubli);
  } catch (error) {
    if (!isDead()) throw error;
  }
  const writes = (name: RegionName) => faulty.get(name)?.writes ?? [];
  return { writes: { eu: writes("eu"), us: writes("us") }, died: isDead() };
}

/** Ada with everything in the EU; somebody else in each region. */
export async function sceneIn(clock: MovableClock) {
  const folder = newFolder();
  await using both = await openBoth(folder, clock);
  const { ada } = await adaIn(both.oubli);
  for (const [name, jurisdiction] of [
    ["eve", "FR"],
    ["bob", "US"],
  ] as const) {
    const person = await both.oubli.subject(name, { jurisdiction });
    await person.session({ purpose: "support" }).remember("Tea.", { category: "preference" });
  }
  return { folder, ada: ada.id, told: await told(ada) };
}

export type Scene = Awaited<ReturnType<typeof sceneIn>>;

export async function transferAda(oubli: Oubli): Promise<void> {
  const ada = await oubli.find("ada", { region: "eu" });
  await ada!.transfer(SCC);
}

const count = (folder: string, name: RegionName, of: string): number => {
  using sql = new DatabaseSync(join(folder, name, "data", of === "node" ? "memory.db" : "keys.db"));
  return Number(sql.prepare(`SELECT count(*) AS n FROM ${of}`).get()!["n"]);
};

/**
 * What is wrong with two regions in which Ada's transfer was begun: she has to be in exactly one of
 * them, whole, with nothing of hers in the other, both ledgers telling what gates read.
 *
 * @param where Where she may be.
 */
export async function faultsBetween(
  { folder, clock }: { readonly folder: string; readonly clock: MovableClock },
  scene: Scene,
  where: readonly RegionName[],
  wrap: Wrap = straight,
): Promise<readonly string[]> {
  const faults: string[] = [];
  await using both = await openBoth(folder, clock, wrap);
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
  if (count(folder, home, "node") !== mine + 1) faults.push(`nodes in ${home}`);
  if (count(folder, other, "node") !== 1) faults.push(`nodes of hers in ${other}`);
  if (count(folder, other, "node_key") !== 1) faults.push(`keys of hers in ${other}`);
  if (count(folder, other, "subject_key") !== 1) faults.push(`a key of hers in ${other}`);
  for (const name of REGIONS) {
    const auditor = oubli.region(name).as({ kind: "staff", id: "a", roles: ["auditor"] });
    for (const { log, faults: found } of await auditor.audit.check()) {
      for (const { fault, index } of found) faults.push(`${name} ${log} ${fault} ${index}`);
    }
    if ((await stores[name].audit.oldestPending()) !== null) faults.push(`${name}: an act is left`);
  }
  return faults;
}

export { copyFolder, removeFolder };
