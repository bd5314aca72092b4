import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { OubliError, word } from "#kernel";
import type { BackupManifest } from "#verify";

import { MANIFEST, MANIFEST_BYTES_MAX } from "./archive.ts";
import { fileError } from "./file-error.ts";
import { checkManifest, type Expected } from "./stage.ts";

/** Which backups of a folder a restore takes. */
export interface Chosen {
  readonly backup: string;
  /** A newer snapshot of the keys alone. */
  readonly keys: string | null;
  /** How many others of the folder are not ours, or have a manifest that is none. */
  readonly passedOver: number;
}

/**
 * The newest complete backup of a folder, and the newest snapshot of the keys since. One that a
 * crash left without a manifest is passed over, and so is one whose manifest we did not sign: else
 * whoever can write a file there could keep every backup from being restored.
 *
 * The newest keys, because an epoch may have ended since the backup: then its own keys open
 * nothing, and those that were wrapped anew open all of it that was not erased.
 *
 * @throws {OubliError} `BACKUP_DAMAGED` where there is none; `BACKUP_FOREIGN`.
 */
export async function chooseBackups(folder: string, expected: Expected): Promise<Chosen> {
  if (existsSync(join(folder, MANIFEST))) return { backup: folder, keys: null, passedOver: 0 };
  const found: { readonly path: string; readonly manifest: BackupManifest }[] = [];
  const refused: unknown[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (!existsSync(join(path, MANIFEST))) continue;
    try {
      found.push({ path, manifest: await manifestOf(join(path, MANIFEST), expected) });
    } catch (error) {
      refused.push(error);
    }
  }
  const passedOver = refused.length;
  if (found.length === 0 && passedOver > 0) throw refused[0];
  found.sort((left, right) => right.manifest.madeAt - left.manifest.madeAt);
  const full = found.find(({ manifest }) => manifest.scope === "full");
  const newest = found[0];
  if (!newest) throw new OubliError("BACKUP_DAMAGED", { missing: word("manifest") });
  if (!full) return { backup: newest.path, keys: null, passedOver };
  return { backup: full.path, keys: newest === full ? null : newest.path, passedOver };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw fileError(error);
  }
}

/** @throws {OubliError} `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `STORE_UNAVAILABLE` */
async function manifestOf(path: string, expected: Expected): Promise<BackupManifest> {
  try {
    const found = await stat(path);
    const { size } = found;
    if (!found.isFile() || size > MANIFEST_BYTES_MAX)
      throw new OubliError("BACKUP_DAMAGED", { manifest: size });
    return (await checkManifest(await readFile(path, "utf8"), expected)).manifest;
  } catch (error) {
    throw fileError(error);
  }
}
