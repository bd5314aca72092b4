import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { word, type BackupId } from "#kernel";

import { MANIFEST } from "./archive.ts";
import { listBackups, recordEnd } from "./end-backup.ts";
import { fileError } from "./file-error.ts";
import { syncFolder } from "./folder.ts";
import type { BackupScope } from "./make-backup.ts";
import { DATABASES } from "./snapshot-source.ts";
import type { BackupWorld, By } from "./world.ts";

export interface Keep extends By {
  /** Where the backups lie, each in a folder of its own. */
  readonly folder: string;
  /** Of this kind; the others stay. */
  readonly scope: BackupScope;
  readonly newest: number;
}

/**
 * Destroys the older backups of a folder, so that a key which was destroyed lasts in copies for as
 * many of them as are kept, and no longer.
 *
 * Safe to repeat: a manifest goes last, so what a crash left half-done is found again; and it is gone
 * from the disk before the ledger says so. Only complete ones count, and only what our log knows.
 *
 * @returns those that were destroyed.
 * @throws {OubliError} `STORE_…`
 * @source GDPR Art. 5(1)(e), 17(1)
 */
export async function keepNewest(
  world: BackupWorld,
  { actor, folder, scope, newest }: Keep,
): Promise<readonly BackupId[]> {
  const { rows } = await listBackups(world);
  const here = rows
    .filter((row) => row.scope === scope && existsSync(join(folder, row.id, MANIFEST)))
    .toSorted((left, right) => right.madeAt - left.madeAt);
  const ended = here.slice(newest).map(({ id }) => id);
  for (const id of ended) {
    await destroy(folder, id);
    await recordEnd(world, { actor }, id, word("destroyed"));
  }
  return ended;
}

async function destroy(folder: string, id: BackupId): Promise<void> {
  const path = join(folder, id);
  try {
    for (const name of DATABASES) await rm(join(path, `${name}.snapshot`), { force: true });
    await rm(path, { recursive: true });
    await syncFolder(folder);
  } catch (error) {
    throw fileError(error);
  }
}
