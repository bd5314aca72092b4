import { existsSync } from "node:fs";
import { join } from "node:path";

import { checkLogs, openNotary, type Notary } from "#audit";
import {
  chooseBackups,
  DATABASES,
  forkNotary,
  stageBackup,
  type DatabaseName,
  type SnapshotTarget,
  type StagedBackup,
} from "#backup";
import {
  canonicalJson,
  OubliError,
  randomIds,
  systemClock,
  word,
  type Actor,
  type BackupId,
  type Clock,
  type Ids,
  type Word,
} from "#kernel";
import { policyDigest, policyJson, type OubliConfig } from "#policy";
import { openAuditStore, openNotaryStore, sqliteRestorePlace } from "#store";

import { createOubli } from "../oubli.ts";
import { foldersOf, openRoot, openUnlocked, type Folders } from "../stores.ts";
import { openWorld, type EngineWorld } from "../world.ts";
import { eraseAgain } from "./erase-again.ts";
import type { Restored, RestoreOptions } from "./options.ts";
import { prepareLogs, type Prepared } from "./prepare-logs.ts";
import { widenHolds } from "./widen-holds.ts";

interface Place {
  readonly config: OubliConfig;
  readonly region: Word;
  readonly folders: Folders;
  readonly target: SnapshotTarget;
  readonly adoptStored: boolean;
  readonly actor: Actor;
  readonly clock: Clock;
  readonly ids: Ids;
}

const OPERATOR: Actor = {
  kind: "staff",
  id: word("operator"),
  roles: [word("privacy-officer"), word("app")],
};

/**
 * Puts a region's databases back from a backup, and does again what was destroyed since, before
 * anybody can read.
 *
 * The order: everything is checked aside, while the place is as it was. Then the place is locked,
 * and only then changed. It is unlocked when the ledger was replayed, what was interrupted is
 * finished, and both logs are whole. A crash on the way leaves it locked, and the restore begins
 * anew.
 *
 * Why the erased do not come back: the log that is put back is the one that the notary signed last,
 * or it is refused; every destruction in it is repeated over keys and memories; and where a part of
 * it is given up, the ledger says so under a new name, and the operator lists what was erased in it.
 *
 * @throws {OubliError} `RESTORE_OCCUPIED`, `ROOT_MISSING`, `BACKUP_…`, `LOG_FORKED`,
 *   `SCHEMA_NEWER`, `STORE_…`.
 */
export async function restoreRegion(place: Place, options: RestoreOptions): Promise<Restored> {
  const { target, folders, region } = place;
  await refuseOccupied(target, options);
  const path = join(folders.root, `${region}.notary.db`);
  if (!existsSync(path)) throw new OubliError("ROOT_MISSING", { region });
  const notaryStore = openNotaryStore(path);
  try {
    const notary = await openNotary(notaryStore, region);
    await target.discard();
    const taken = await takeIn(place, notary, options);
    const prepared = await prepare(place, notary, taken, options);
    await target.commit();
    if (prepared.forked !== null) await forkNotary(notaryStore);
    await notaryStore.close();
    const done = await openAndReplay(place, taken, { prepared, options });
    await target.unlock();
    return { ...done, ...prepared, region, keys: taken.keys, databases: taken.databases };
  } finally {
    await notaryStore.close();
    await target.discard();
  }
}

async function refuseOccupied(target: SnapshotTarget, { replace, only }: RestoreOptions) {
  const state = await target.state();
  // With some databases only, the others are there, and have to be.
  if (state === "occupied" && replace !== true && only === undefined) {
    throw new OubliError("RESTORE_OCCUPIED");
  }
}

interface TakenIn extends StagedBackup {
  readonly keys: string;
  readonly databases: readonly DatabaseName[];
}

/** Checks the backup, and the newer keys, and stages them. */
async function takeIn(
  { target, region, folders, clock }: Place,
  notary: Notary,
  options: RestoreOptions,
): Promise<TakenIn> {
  const expected = { region, verifierKeys: notary.verifierKeys("ledger") };
  const { from } = options;
  const chosen = typeof from === "string" ? await chooseBackups(from, expected) : null;
  const keysFrom = options.keys ?? chosen?.keys ?? null;
  const wanted = (database: DatabaseName): boolean => options.only?.includes(database) ?? true;
  const otherKeys = keysFrom !== null && wanted("keys");
  const staged = await stageBackup(
    chosen?.backup ?? from,
    target,
    expected,
    (database) => wanted(database) && !(otherKeys && database === "keys"),
  );
  const newer = otherKeys
    ? await stageBackup(keysFrom, target, expected, (database) => database === "keys")
    : staged;
  const databases = DATABASES.filter(
    (name) => wanted(name) && staged.manifest.files.some(({ database }) => database === name),
  );
  if (databases.includes("keys")) {
    const root = openRoot(folders, region, clock);
    const epochs = await root.epochs();
    root.close?.();
    const { epoch } = newer.manifest;
    if (epoch > 0 && !epochs.includes(epoch)) throw new OubliError("BACKUP_KEYS_ENDED", { epoch });
  }
  return { ...staged, keys: newer.manifest.backup, databases };
}

/** Opens what was staged, as far as it can be told apart from a store: then closes it again. */
async function prepare(
  place: Place,
  notary: Notary,
  staged: TakenIn,
  options: RestoreOptions,
): Promise<Prepared> {
  const { target, folders, config, adoptStored } = place;
  const opened = await target.open();
  const inPlace = opened.audit ? null : join(folders.data, "audit.db");
  if (inPlace !== null && !existsSync(inPlace)) {
    throw new OubliError("STORE_DAMAGED", { missing: word("audit") });
  }
  const store = opened.audit ?? openAuditStore(inPlace!);
  try {
    const { manifest } = staged;
    const digest = policyDigest(config.policy);
    const json = canonicalJson(policyJson(config.policy));
    const policy = (wanted: string): string => (wanted === digest ? json : UNKNOWN);
    const isStaged = opened.audit !== null;
    const prepared = await prepareLogs(
      { ...place, store, isStaged, notary, staged, policy },
      options,
    );
    if (adoptStored && (await store.policy()).json === UNKNOWN) {
      throw new OubliError("CONFIG_INVALID", { missing: word("config") });
    }
    if (prepared.forked) await target.lowerApplied(manifest.ledger.size - 1);
    return prepared;
  } finally {
    for (const one of [opened.memory, opened.keys, store]) await one?.close();
  }
}

/** A policy whose digest the tail tells, and which nobody here has. */
const UNKNOWN = "null";

async function openAndReplay(
  { folders, region, clock, ids, config, adoptStored, actor }: Place,
  { manifest, keys }: TakenIn,
  { prepared, options }: { readonly prepared: Prepared; readonly options: RestoreOptions },
): Promise<Pick<Restored, "manifest" | "replayed" | "erased" | "logs">> {
  const world = await openWorld({
    stores: openUnlocked(folders, region, clock),
    region,
    policy: adoptStored ? null : config.policy,
    fallback: config.policy,
    clock,
    ids,
    embedder: null,
    derivers: new Map(),
  });
  try {
    await widenHolds(world, actor, manifest.ledger.size, prepared.tail.ledger);
    const oubli = (tenant: Word) => createOubli(world, { tenant, actor }, async () => {});
    const erased = await eraseAgain(world, oubli, options.fork);
    const { entries: replayed } = world.replayed;
    await recordRestore(world, actor, { backup: manifest.backup as BackupId, keys, replayed });
    await world.audit.checkpoints.publish();
    const logs = await checkLogs(world.audit.store, world.audit.notary);
    const faults = logs.reduce((sum, log) => sum + log.faults.length, 0);
    if (faults > 0) throw new OubliError("STORE_DAMAGED", { faults });
    return { manifest, replayed, erased, logs };
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
    tenant: word("all"),
    region,
    actor,
    subject: null,
    facts: { backup, keys: keys as BackupId, replayed },
  });
}

/** As {@link restoreRegion}, for a configuration. */
export function restoreOubli(
  config: OubliConfig,
  options: RestoreOptions & { readonly adoptStored?: boolean },
): Promise<Restored> {
  const names = Object.keys(config.regions) as Word[];
  const region = (options.region ?? names[0]) as Word;
  const found = config.regions[region];
  if (!found || (names.length > 1 && options.region === undefined)) {
    const field = word("region");
    throw new OubliError("INPUT_INVALID", { field, given: word("nothing"), accepted: names });
  }
  const { store, root } = found;
  if (typeof store !== "string") throw new OubliError("BACKUP_UNSUPPORTED");
  const folders = foldersOf({ store, root });
  const target = sqliteRestorePlace(folders.data);
  const { clock = systemClock, ids = randomIds, adoptStored = false } = options;
  const actor = (options.actor as Actor | undefined) ?? OPERATOR;
  return restoreRegion(
    { config, region, folders, target, adoptStored, actor, clock, ids },
    options,
  );
}
