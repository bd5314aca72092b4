import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import type { BackupId } from "#kernel";

import { MANIFEST, type ArchiveFile, type ArchiveWriter } from "./archive.ts";
import { fileError } from "./file-error.ts";

/**
 * Writes a backup into a folder of its own below `parent`, named by its id. Its manifest takes its
 * name last, so that what a crash leaves is not taken for a backup.
 */
export async function folderWriter(parent: string, id: BackupId): Promise<ArchiveWriter> {
  const folder = join(parent, id);
  await guarded(() => mkdir(folder, { recursive: true, mode: 0o700 }));
  return {
    add: (file) => guarded(() => write(join(folder, file.name), file)),
    finish: (manifest) =>
      guarded(async () => {
        const unnamed = join(folder, `${MANIFEST}.part`);
        await write(unnamed, { bytes: [Buffer.from(manifest)] });
        await rename(unnamed, join(folder, MANIFEST));
        await syncFolder(folder);
        await syncFolder(parent);
      }),
    abort: () => rm(folder, { recursive: true, force: true }),
  };
}

type Chunks = Pick<ArchiveFile, "bytes"> | { readonly bytes: Iterable<Uint8Array> };

async function write(path: string, { bytes }: Chunks): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  for await (const chunk of bytes) await file.writeFile(chunk);
  await file.sync();
}

export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error);
  }
}
