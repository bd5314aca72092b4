import type { OutstandingBackups } from "#audit";
import { ALL_TENANTS, OubliError, word, type BackupId, type Word } from "#kernel";

import type { BackupWorld, By } from "./world.ts";

/** How many a list shows; a backup that is not among them is still counted. */
const LISTED_MAX = 10_000;

/** The backups that may still exist, those that end last first. */
export function listBackups({ audit, clock }: BackupWorld): Promise<OutstandingBackups> {
  return audit.store.outstandingBackups(clock.now(), LISTED_MAX);
}

/**
 * Writes down that a backup was destroyed: certificates name it no more.
 *
 * @throws {OubliError} `NOT_FOUND` for one that is not outstanding.
 */
export async function endBackup(world: BackupWorld, by: By, id: BackupId): Promise<void> {
  const { rows } = await listBackups(world);
  if (!rows.some((row) => row.id === id)) throw new OubliError("NOT_FOUND");
  await recordEnd(world, by, id, word("destroyed"));
}

export async function recordEnd(
  { audit, region }: BackupWorld,
  { actor }: By,
  id: BackupId,
  reason: Word,
): Promise<void> {
  await audit.record(
    {
      t: "backup.ended",
      tenant: ALL_TENANTS,
      region,
      actor,
      subject: null,
      facts: { backup: id, reason },
    },
    { effects: [{ kind: "backup.ended", id }] },
  );
}
