import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";

import { OubliError, utf8Text, word, type Word } from "#kernel";
import { verifyManifest, type BackupFile, type BackupManifest } from "#verify";

import { MANIFEST, MANIFEST_BYTES_MAX } from "./archive.ts";
import { fileError } from "./file-error.ts";
import { DATABASES, type DatabaseName } from "./snapshot-source.ts";
import type { SnapshotTarget } from "./snapshot-target.ts";
import { readTar, type TarEntry } from "./tar.ts";

/** A backup's folder, or its tar stream. */
export type BackupSource = string | AsyncIterable<Uint8Array>;

/** Whose backup it has to be. */
export interface Expected {
  readonly region: Word;
  /** Of the ledger's origins, the present one first. */
  readonly verifierKeys: readonly string[];
}

/** A backup that is whole and ours, and of which the wanted databases are staged. */
export interface StagedBackup {
  readonly manifest: BackupManifest;
  /** Whether the ledger that signed it is the present one, and not one that was given up. */
  readonly current: boolean;
}

/**
 * Takes a backup in and checks it: the manifest's signature, its region and engine, and each
 * file's size and hash. Nothing of the store has changed when it throws.
 *
 * @throws {OubliError} `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `STORE_FULL`, `STORE_UNAVAILABLE`.
 */
export async function stageBackup(
  source: BackupSource,
  target: SnapshotTarget,
  expected: Expected,
  wanted: (database: DatabaseName) => boolean,
): Promise<StagedBackup> {
  const found = new Map<string, Found>();
  let note: string | null = null;
  try {
    for await (const entry of entriesOf(source)) {
      if (entry.name === MANIFEST) note = await readNote(entry);
      else found.set(entry.name, await stageOne(entry, target, wanted));
    }
  } catch (error) {
    throw fileError(error);
  }
  const staged = await checkManifest(note, expected);
  if (staged.manifest.engine !== target.engine) {
    throw new OubliError("BACKUP_FOREIGN", { engine: target.engine });
  }
  compare(staged.manifest.files, found);
  return staged;
}

/** What came in under a name. */
interface Found {
  readonly size: number;
  readonly sha256: string;
}

/**
 * Reads who signed a manifest. A name that none of our origins has is another installation's, or
 * another region's: the name holds both.
 *
 * @throws {OubliError} `BACKUP_DAMAGED`, `BACKUP_FOREIGN`.
 */
export async function checkManifest(
  note: string | null,
  { region, verifierKeys }: Expected,
): Promise<StagedBackup> {
  if (note === null) throw new OubliError("BACKUP_DAMAGED", { missing: word("manifest") });
  let reason = "signature-missing";
  for (const [at, key] of verifierKeys.entries()) {
    const result = await verifyManifest(note, key);
    if (result.valid) {
      if (result.manifest.region !== region) throw new OubliError("BACKUP_FOREIGN", { region });
      return { manifest: result.manifest, current: at === 0 };
    }
    if (result.reason !== "signature-missing") reason = result.reason;
  }
  const code = reason === "signature-missing" ? "BACKUP_FOREIGN" : "BACKUP_DAMAGED";
  throw new OubliError(code, { manifest: reason as Word });
}

/** Each file that is signed, and no other. */
function compare(files: readonly BackupFile[], found: ReadonlyMap<string, Found>): void {
  for (const { name, size, sha256 } of files) {
    const file = found.get(name);
    if (file?.size !== size || file.sha256 !== sha256) {
      throw new OubliError("BACKUP_DAMAGED", { file: name as Word });
    }
  }
  if (found.size !== files.length) throw new OubliError("BACKUP_DAMAGED", { files: found.size });
}

async function* entriesOf(source: BackupSource): AsyncGenerator<TarEntry> {
  if (typeof source !== "string") return yield* readTar(source);
  for (const name of [MANIFEST, ...DATABASES.map((database) => `${database}.snapshot`)]) {
    const path = join(source, name);
    if (!existsSync(path)) continue;
    yield { name, size: statSync(path).size, bytes: createReadStream(path) };
  }
}

async function readNote({ size, bytes }: TarEntry): Promise<string> {
  if (size > MANIFEST_BYTES_MAX) throw new OubliError("BACKUP_DAMAGED", { manifest: size });
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  try {
    return utf8Text(Buffer.concat(chunks));
  } catch {
    throw new OubliError("BACKUP_DAMAGED", { manifest: word("not-text") });
  }
}

async function stageOne(
  { name, bytes }: TarEntry,
  target: SnapshotTarget,
  wanted: (database: DatabaseName) => boolean,
): Promise<Found> {
  const database = DATABASES.find((each) => `${each}.snapshot` === name);
  if (database === undefined) throw new OubliError("BACKUP_DAMAGED");
  const hash = createHash("sha256");
  const counted = { size: 0 };
  const read = watched(bytes, hash, counted);
  if (wanted(database)) await target.stage(database, read);
  else for await (const _ of read);
  return { size: counted.size, sha256: hash.digest("hex") };
}

async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  hash: Hash,
  counted: { size: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    counted.size += chunk.length;
    yield chunk;
  }
}
