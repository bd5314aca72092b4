import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { OubliError, word } from "#kernel";
import type { BackupManifest } from "#verify";

import { MANIFEST } from "./archive.ts";
import { fileError } from "./file-error.ts";
import { checkManifest, type Expected } from "./stage.ts";

/** Which backups of a folder a restore takes. */
export interface Chosen {
  readonly backup: string;
  /** A newer snapshot of the keys alone. */
  readonly keys: string | null;
}

/**
 * The newest complete backup of a folder, and the newest snapshot of the keys since. One that a
 * crash left without a manifest is passed over.
 *
 * The newest keys, because an epoch may have ended since the backup: then its own keys open
 * nothing, and those that were wrapped anew open all of it that was not erased.
 *
 * @throws {OubliError} `BACKUP_DAMAGED` where there is none; `BACKUP_FOREIGN`.
 */
export async function chooseBackups(folder: string, expected: Expected): Promise<Chosen> {
  if (existsSync(join(folder, MANIFEST))) return { backup: folder, keys: null };
  const found: { readonly path: string; readonly manifest: BackupManifest }[] = [];
  try {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (!existsSync(join(path, MANIFEST))) continue;
      const note = await readFile(join(path, MANIFEST), "utf8");
      found.push({ path, manifest: (await checkManifest(note, expected)).manifest });
    }
  } catch (error) {
    throw fileError(error);
  }
  found.sort((left, right) => right.manifest.madeAt - left.manifest.madeAt);
  const full = found.find(({ manifest }) => manifest.scope === "full");
  const newest = found[0];
  if (!newest) throw new OubliError("BACKUP_DAMAGED", { missing: word("manifest") });
  if (!full) return { backup: newest.path, keys: null };
  return { backup: full.path, keys: newest === full ? null : newest.path };
}
