import { rmdir, unlink } from "node:fs/promises";

import { Hostile, inFolder, openIn, type Own } from "./place.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Overwrites a file once, on the medium, and then removes it and its name.
 *
 * What this is worth: on a disk that writes in place, the content is gone. A medium that writes
 * elsewhere (flash, file systems that copy on write, snapshots, a journal of data) may keep the old
 * blocks until it needs them; against those only encryption of the medium helps.
 * A file that is gone is as it should be.
 *
 * @param only.before Leaves a file that was written to since: asked of the file that was opened,
 *   right before it is overwritten.
 * @returns whether it is gone.
 * @throws {Hostile} for a file that has further names: its content would live on under them.
 */
export async function destroyFile(
  root: string,
  path: string,
  { before = Infinity }: { readonly before?: number } = {},
): Promise<boolean> {
  return (await inFolder(root, path, (own) => destroyIn(own, before))) ?? true;
}

async function destroyIn(own: Own, before: number): Promise<boolean> {
  const handle = await openIn(own, "write");
  if (handle === null) return true;
  try {
    const { size, nlink, mtimeMs } = await handle.stat();
    if (mtimeMs >= before) return false;
    if (nlink > 1) throw new Hostile();
    const zeroes = Buffer.alloc(Math.min(size, CHUNK_BYTES));
    for (let at = 0; at < size; at += zeroes.length) {
      await handle.write(zeroes, 0, Math.min(zeroes.length, size - at), at);
    }
    // Before it is removed: else the system never writes what it need not keep.
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await unlink(own.path);
  await own.sync();
  return true;
}

/** The folders of a person that nothing is left in; one in which something is stays. */
export async function removeEmpty(root: string, folders: readonly string[]): Promise<void> {
  const deepestFirst = [...new Set(folders)].sort((left, right) => right.length - left.length);
  for (const folder of deepestFirst) {
    try {
      await inFolder(root, folder, ({ path }) => rmdir(path));
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
    }
  }
}

/** The folders on the way to a file, from the one with the person's name on. */
export function foldersOf(path: string, depth: number): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/")).slice(depth, -1);
}
