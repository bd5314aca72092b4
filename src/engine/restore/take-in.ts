import type { Notary } from "#audit";
import { chooseBackups, DATABASES, ledgerSize, stageBackup, type DatabaseName } from "#backup";
import { OubliError } from "#kernel";

import { openRoot } from "../stores.ts";
import type { RestoreOptions } from "./options.ts";
import type { Place } from "./place.ts";

/** What was staged: a backup, whole and ours. */
export interface TakenIn {
  readonly backup: string;
  /** Whether the ledger that signed it is the present one, and not one that was given up. */
  readonly current: boolean;
  /** Entries that its ledger had. */
  readonly ledger: number;
  /** The backup that the keys came from. */
  readonly keys: string;
  readonly passedOver: number;
  readonly databases: readonly DatabaseName[];
}

/**
 * Checks the backup, and the newer keys if there are any, and stages them.
 *
 * @throws {OubliError} `BACKUP_…`, `STORE_…`
 */
export async function takeIn(
  place: Place,
  notary: Notary,
  options: RestoreOptions,
): Promise<TakenIn> {
  const { region } = place;
  const { target } = place.ground;
  const expected = { region, verifierKeys: notary.verifierKeys("ledger") };
  const { from, only } = options;
  const chosen = typeof from === "string" ? await chooseBackups(from, expected) : null;
  const keysFrom = options.keys ?? chosen?.keys ?? null;
  const wanted = (database: DatabaseName): boolean => only?.includes(database) ?? true;
  const otherKeys = keysFrom !== null && wanted("keys");
  const isOwn = (database: DatabaseName) => wanted(database) && !(otherKeys && database === "keys");
  const staged = await stageBackup(chosen?.backup ?? from, target, expected, isOwn);
  const keys = otherKeys
    ? await stageBackup(keysFrom, target, expected, (database) => database === "keys")
    : staged;
  const { backup, logs, files } = staged.manifest;
  const has = (name: DatabaseName) => files.some(({ database }) => database === name);
  const databases = DATABASES.filter((name) => wanted(name) && has(name));
  if (databases.includes("keys")) await refuseEnded(place, keys.manifest.epoch);
  return {
    backup,
    current: staged.current,
    ledger: ledgerSize(logs),
    keys: keys.manifest.backup,
    databases,
    passedOver: chosen?.passedOver ?? 0,
  };
}

/** @throws {OubliError} `BACKUP_KEYS_ENDED` */
async function refuseEnded({ ground, region, clock }: Place, epoch: number): Promise<void> {
  const root = openRoot(ground.root, region, clock);
  const epochs = await root.epochs();
  root.close?.();
  // 0: no key had been made yet.
  if (epoch > 0 && !epochs.includes(epoch)) throw new OubliError("BACKUP_KEYS_ENDED", { epoch });
}
