import { replaySpent } from "#analytics";
import { checkLogs, openNotary, type Notary, type NotaryStore } from "#audit";
import { forkNotary, originsOf, type Origins, type SnapshotTarget } from "#backup";
import { rebuildIncident, rebuildNotice, rereadIncident, rereadNotice } from "#breach";
import { replayCases } from "#cases";
import {
  ALL_TENANTS,
  canonicalJson,
  OubliError,
  randomIds,
  systemClock,
  word,
  type Actor,
  type BackupId,
  type Word,
} from "#kernel";
import {
  defineConfig,
  policyDigest,
  policyJson,
  type ConfigInput,
  type OubliConfig,
} from "#policy";
import { rebuildRequest, rereadRequest } from "#rights";
import { rebuildTargets } from "#sources";

import { check, shapes } from "../input/index.ts";
import { createOubli } from "../oubli.ts";
import { openWorld, type EngineWorld } from "../world.ts";
import { eraseAgain } from "./erase-again.ts";
import { groundOf } from "./ground.ts";
import type { Restored, RestoreOptions } from "./options.ts";
import type { Place } from "./place.ts";
import { prepareLogs, type Prepared } from "./prepare-logs.ts";
import { settleTransfers } from "./settle-transfers.ts";
import { takeIn, type TakenIn } from "./take-in.ts";
import { widenHolds } from "./widen-holds.ts";

const OPERATOR: Actor = {
  kind: "staff",
  id: word("operator"),
  roles: [word("privacy-officer"), word("app")],
};

/**
 * Puts a region's databases back from a backup, and does again what was destroyed since, before
 * anybody can read.
 *
 * @throws {OubliError} `RESTORE_OCCUPIED`, `ROOT_MISSING`, `BACKUP_…`, `LOG_FORKED`,
 *   `REGION_UNAVAILABLE`, `SCHEMA_…`, `STORE_…`.
 */
export async function restoreOubli(
  given: OubliConfig | ConfigInput,
  options: RestoreOptions & { readonly adoptStored?: boolean },
): Promise<Restored> {
  // A stream is an object of a class.
  check(shapes.restore, options, "options", { depth: 1 });
  const config = "policy" in given ? given : defineConfig(given);
  const names = Object.keys(config.regions) as Word[];
  const region = (options.region ?? names[0]) as Word;
  const found = config.regions[region];
  if (!found || (names.length > 1 && options.region === undefined)) {
    const field = word("region");
    throw new OubliError("INPUT_INVALID", { field, given: word("nothing"), accepted: names });
  }
  const { clock = systemClock, ids = randomIds, adoptStored = false, admin = null } = options;
  const ground = groundOf(found, { region, clock, admin });
  const actor = (options.actor as Actor | undefined) ?? OPERATOR;
  return restoreInto({ config, region, ground, adoptStored, actor, clock, ids }, options);
}

/** What is known of a restore once everything is in place: its lock holds it. */
interface Placed extends TakenIn, Prepared {
  /** The names that both logs had when it began. */
  readonly origins: Origins;
}

/**
 * The order: everything is checked aside, while the place is as it was. Then the place is locked,
 * and only then changed. It is unlocked when the ledger was replayed, what was interrupted is
 * finished, and both logs are whole. A crash leaves it locked. Before everything is in place, a
 * restore begins anew; after that it goes on, as the log may have grown by what it wrote.
 *
 * Why the erased do not come back: the log that is put back is the one that the notary signed last,
 * or it is refused; every destruction in it is repeated over keys and memories; and where a part of
 * it is given up, the ledger says so under a new name, and the operator lists what was erased in it.
 */
async function restoreInto(place: Place, options: RestoreOptions): Promise<Restored> {
  const { ground, region } = place;
  const { target } = ground;
  await refuseOccupied(target, options);
  const notaryStore = await ground.openNotary();
  try {
    await target.discard();
    const placed = await putInPlace(place, notaryStore, options);
    if (placed.forked !== null) {
      await forkNotary(notaryStore, await openNotary(notaryStore, region), placed.origins);
    }
    await notaryStore.close();
    const done = await openAndReplay(place, placed, options);
    await target.unlock();
    const { backup, ledger, keys, databases, passedOver, tail, forked } = placed;
    return { backup, ledger, keys, databases, passedOver, tail, forked, ...done, region };
  } finally {
    await notaryStore.close();
    await target.discard();
  }
}

/** With some databases only, the others are there, and have to be. */
async function refuseOccupied(target: SnapshotTarget, { replace, only }: RestoreOptions) {
  if (replace === true || only !== undefined) return;
  if ((await target.state()) === "occupied") throw new OubliError("RESTORE_OCCUPIED");
}

async function putInPlace(
  place: Place,
  notaryStore: NotaryStore,
  options: RestoreOptions,
): Promise<Placed> {
  const { region } = place;
  const { target } = place.ground;
  const before = options.replace === true ? null : await target.placed();
  if (before !== null) return JSON.parse(before) as Placed;
  const notary = await openNotary(notaryStore, region);
  const taken = await takeIn(place, notary, options);
  const prepared = await prepare(place, notary, taken, options);
  const placed = { ...taken, ...prepared, origins: originsOf(notary) };
  await target.commit(`${JSON.stringify(placed)}\n`);
  return placed;
}

/** A policy whose digest the tail tells, and which nobody here has. */
const UNKNOWN = "null";

/** Opens what was staged, completes its logs, and closes it again. */
async function prepare(
  place: Place,
  notary: Notary,
  staged: TakenIn,
  options: RestoreOptions,
): Promise<Prepared> {
  const { ground, config, adoptStored } = place;
  const { target } = ground;
  const opened = await target.open();
  const isStaged = opened.audit !== null;
  const store = opened.audit ?? (await ground.openAudit());
  if (store === null) throw new OubliError("STORE_DAMAGED", { missing: word("audit") });
  try {
    const digest = policyDigest(config.policy);
    const json = canonicalJson(policyJson(config.policy));
    const policy = (wanted: string): string => (wanted === digest ? json : UNKNOWN);
    const to = { ...place, store, isStaged, notary, staged, policy };
    const prepared = await prepareLogs(to, options);
    if (adoptStored && (await store.policy()).json === UNKNOWN) {
      throw new OubliError("CONFIG_INVALID", { missing: word("config") });
    }
    // Newer keys may have applied more than this history has.
    if (prepared.forked) await target.lowerApplied(staged.ledger - 1);
    return prepared;
  } finally {
    for (const one of [opened.memory, opened.keys, store]) await one?.close();
  }
}

async function openAndReplay(
  place: Place,
  placed: Placed,
  options: RestoreOptions,
): Promise<Pick<Restored, "replayed" | "erased" | "departed" | "arrivals" | "logs">> {
  const { backup, keys, ledger, databases, tail, forked } = placed;
  const { ground, region, clock, ids, config, adoptStored, actor } = place;
  const world = await openWorld({
    stores: await ground.openStores(),
    region,
    policy: adoptStored ? null : config.policy,
    fallback: config.policy,
    clock,
    ids,
    embedder: null,
    derivers: new Map(),
  });
  try {
    await widenHolds(world, actor, ledger, tail["ledger"] ?? 0);
    await replayCases(world, ledger, {
      rereads: {
        request: rereadRequest(world.policy),
        incident: rereadIncident(world.policy),
        notice: rereadNotice(world.policy),
      },
      rebuilds: databases.includes("audit")
        ? {
            request: rebuildRequest(world),
            incident: rebuildIncident,
            notice: rebuildNotice(world),
            targets: rebuildTargets(world),
          }
        : {},
    });
    await replaySpent(world);
    const oubli = (tenant: Word) => createOubli(world, { tenant, actor }, async () => {});
    const erased = await eraseAgain(world, oubli, options.fork);
    const listed = options.fork?.erased ?? [];
    const putBack = { ...placed, forked: forked !== null, erased: listed };
    const transfers = await settleTransfers(place, world, putBack, oubli);
    const { entries: replayed } = world.replayed;
    await recordRestore(world, actor, { backup: backup as BackupId, keys, replayed });
    await world.audit.checkpoints.publish();
    const logs = await checkLogs(world.audit.store, world.audit.notary);
    const faults = logs.reduce((sum, log) => sum + log.faults.length, 0);
    if (faults > 0) throw new OubliError("STORE_DAMAGED", { faults });
    return { replayed, erased, ...transfers, logs };
  } finally {
    await world.close();
  }
}

async function recordRestore(
  { audit, region }: EngineWorld,
  actor: Actor,
  { backup, keys, replayed }: { backup: BackupId; keys: string; replayed: number },
): Promise<void> {
  await audit.record({
    t: "restore",
    tenant: ALL_TENANTS,
    region,
    actor,
    subject: null,
    facts: { backup, keys: keys as BackupId, replayed },
  });
}
