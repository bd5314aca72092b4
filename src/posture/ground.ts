import { inventory, type Inventory } from "#accountability";
import { checkLogs, type LogCheck } from "#audit";
import {
  isOnFiles,
  rootOf,
  foldersOf,
  urlsOf,
  worldOf,
  type EngineWorld,
  type Oubli,
} from "#engine";
import { word, type Actor } from "#kernel";
import type { Region } from "#policy";
import { inspectFiles, postgres, type Inspection } from "#store";

import { canaryLife, type CanaryLife } from "./canary.ts";
import { readTold, type Told } from "./told-cases.ts";

/** What a region's configuration says of its place. */
export type PostureRegion = Pick<Region, "store" | "root">;

/** A live installation, and what was read of it once for several controls. */
export interface Ground {
  /** One region, for whoever oversees it. */
  readonly oubli: Oubli;
  readonly world: EngineWorld;
  readonly place: Place;
  readonly inspection: () => Promise<Inspection>;
  readonly logs: () => Promise<readonly LogCheck[]>;
  readonly inventory: () => Promise<Inventory>;
  readonly told: () => Promise<Told>;
  readonly canary: CanaryLife;
}

export interface Place {
  readonly store: Region["store"];
  /** `null` on a server. */
  readonly data: string | null;
  readonly root: string;
  /** Whether the root keys are in a Vault. */
  readonly vault: boolean;
  /** Whether the notary is a file beside the root keys. */
  readonly ownNotary: boolean;
}

/** Who checks: it reads what overseers read, and of people only the canaries' memories. */
export const POSTURE_ACTOR: Actor = {
  kind: "system",
  id: word("posture"),
  roles: [word("privacy-officer"), word("auditor")],
};

export function groundOf(oubli: Oubli, region: PostureRegion): Ground {
  const overseer = oubli.as(POSTURE_ACTOR);
  const world = worldOf(overseer);
  const place = placeOf(region);
  return {
    oubli: overseer,
    world,
    place,
    inspection: once(() => inspect(place, world)),
    logs: once(() => checkLogs(world.audit.store, world.audit.notary)),
    inventory: once(() => inventory(world)),
    told: once(() => readTold({ world })),
    canary: canaryLife(overseer, world),
  };
}

function placeOf({ store, root }: PostureRegion): Place {
  const { root: folder, vault } = rootOf({ store, root });
  return {
    store,
    data: isOnFiles(store) ? foldersOf({ store, root }).data : null,
    root: folder,
    vault: vault !== undefined,
    ownNotary: typeof store === "string" || store.notary === undefined,
  };
}

async function inspect({ store, data }: Place, { region, clock }: EngineWorld) {
  const now = clock.now();
  return data === null ? postgres.inspectRows(urlsOf(store), region, now) : inspectFiles(data, now);
}

/** Read once, and the same answer for whoever asks again: a failure too. */
function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | null = null;
  return () => (reading ??= read());
}
