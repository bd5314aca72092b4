import { createHash } from "node:crypto";

import type { BackupRow } from "#audit";
import {
  ALL_TENANTS,
  base64,
  canonicalJson,
  OubliError,
  word,
  type BackupId,
  type EpochMs,
  type Word,
} from "#kernel";
import { BACKUP_FORMAT, type BackupFile } from "#verify";

import type { ArchiveWriter } from "./archive.ts";
import { recordEnd } from "./end-backup.ts";
import { DATABASES, type DatabaseName, type Moment, type Snapshots } from "./snapshot-source.ts";
import { targetOf, type Target } from "./target.ts";
import type { BackupWorld, By } from "./world.ts";

/** `keys`: the keys alone, which change with every memory, for a backup every minute. */
export type BackupScope = "full" | "keys";

export interface BackupCall extends By {
  readonly scope: BackupScope;
  /** When it will have been destroyed. */
  readonly endsAt: EpochMs;
  /** Where the target lies. */
  readonly region: Word;
  readonly onProgress: (bytes: number) => void;
}

/** A backup that is complete. */
export interface MadeBackup {
  readonly backup: BackupId;
  readonly scope: BackupScope;
  readonly files: readonly BackupFile[];
  readonly madeAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly epoch: number;
  /** Entries that the ledger had. */
  readonly ledger: number;
  /** Older ones that were destroyed for it. */
  readonly ended: readonly BackupId[];
}

/**
 * Writes a backup while others write. Nothing in it is readable: rows are sealed, keys are wrapped
 * under a root key that is never taken, and neither is the notary's.
 *
 * Why certificates know of it: `backup.made` is in the ledger before a byte is copied. An erasure
 * looks for outstanding backups after its keys are gone. So one that it does not see was copied
 * later still, without those keys.
 *
 * @throws {OubliError} `BACKUP_UNSUPPORTED`, `PROCESSOR_REFUSED`, `AUDIT_UNAVAILABLE`, `STORE_…`.
 */
export async function makeBackup(
  world: BackupWorld,
  openArchive: (id: BackupId) => Promise<ArchiveWriter>,
  call: BackupCall,
): Promise<Omit<MadeBackup, "ended">> {
  const { snapshots, ids, audit } = world;
  if (snapshots === null) throw new OubliError("BACKUP_UNSUPPORTED");
  const target = await targetOf(world, call, call.region);
  const id = ids.next("backup");
  const archive = await openArchive(id);
  try {
    const made = await recordMade(world, id, target, call);
    await using taken = await snapshots.take(databasesOf(call.scope));
    const files = await writeFiles(archive, taken, call);
    const about = { ...made, ...target, engine: snapshots.engine, files };
    await archive.finish(await audit.notary.attest(manifestText(world, about, taken.moment)));
    const { scope, madeAt, endsAt } = made;
    const { logs, epoch } = taken.moment;
    return { backup: id, scope, files, madeAt, endsAt, epoch, ledger: ledgerSize(logs) };
  } catch (error) {
    await archive.abort();
    // Its entry says that it exists. Should this fail too, it says so until its end.
    await recordEnd(world, call, id, word("failed")).catch(() => {});
    throw error;
  }
}

/** How many entries the ledger had. */
export function ledgerSize(
  logs: readonly { readonly log: string; readonly size: number }[],
): number {
  return logs.find(({ log }) => log === "ledger")?.size ?? 0;
}

/** The databases of each kind of backup. */
export function databasesOf(scope: BackupScope): readonly DatabaseName[] {
  return scope === "full" ? DATABASES : ["keys"];
}

async function writeFiles(
  archive: ArchiveWriter,
  taken: Snapshots,
  { scope, onProgress }: BackupCall,
): Promise<readonly BackupFile[]> {
  const files: BackupFile[] = [];
  for (const database of databasesOf(scope)) {
    const hash = createHash("sha256");
    const size = taken.size(database);
    const name = `${database}.snapshot`;
    const bytes = watched(taken.read(database), (chunk) => {
      hash.update(chunk);
      onProgress(chunk.length);
    });
    await archive.add({ name, size, bytes });
    const schema = taken.moment.schemas[database];
    files.push({ name, database, schema, size, sha256: hash.digest("hex") });
  }
  return files;
}

async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    onChunk(chunk);
    yield chunk;
  }
}

async function recordMade(
  { audit, clock, region }: BackupWorld,
  id: BackupId,
  target: Target,
  { actor, scope, endsAt }: BackupCall,
): Promise<BackupRow> {
  const row: BackupRow = { id, scope, madeAt: clock.now(), endsAt };
  await audit.record(
    {
      t: "backup.made",
      tenant: ALL_TENANTS,
      region,
      actor,
      subject: null,
      facts: {
        backup: id,
        scope: scope as Word,
        madeAt: row.madeAt,
        endsAt,
        target: target.region,
        host: target.host,
      },
    },
    { effects: [{ kind: "backup.made", backup: row }] },
  );
  return row;
}

type About = BackupRow & Target & { readonly engine: Word; readonly files: readonly BackupFile[] };

function manifestText(
  { audit }: BackupWorld,
  { id, ...about }: About,
  { logs, epoch }: Moment,
): string {
  const manifest = canonicalJson({
    ...about,
    files: about.files.map((file) => ({ ...file })),
    backup: id,
    format: BACKUP_FORMAT,
    origin: audit.notary.origin("ledger"),
    epoch,
    logs: logs.map(({ log, size, root }) => ({ log, size, root: base64(root) })),
  });
  return `${manifest}\n`;
}
