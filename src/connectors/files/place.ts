import { constants } from "node:fs";
import { lstat, open, readdir, realpath, type FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";

/** What is at a path below the root. */
export interface Entry {
  /** With `/` between its parts, on every system. */
  readonly path: string;
  readonly kind: "folder" | "file";
  readonly modifiedAt: Date;
}

/** What stands there is not what a person's file may be. Nothing is read or removed. */
export class Hostile extends Error {
  override readonly name = "Hostile";
}

/** Longer than any file system's names. */
const NAME_BYTES_MAX = 255;

/**
 * Whether a person's name may stand in a path: as one part of it, that leads nowhere else and means
 * the same on every system.
 */
export function isName(value: string): boolean {
  if (value === "" || value === "." || value === "..") return false;
  if (Buffer.byteLength(value) > NAME_BYTES_MAX || !value.isWellFormed()) return false;
  // Windows takes `a:b` for a stream of `a`, and forgets dots and spaces at the end.
  // oxlint-disable-next-line no-control-regex
  return !/[/\\:\u0000-\u001f\u007f]|[. ]$|^ /.test(value);
}

/** The root itself, with nothing in its path to be led astray by. */
export async function rootOf(root: string): Promise<string> {
  const real = await realpath(resolve(root));
  if (!(await lstat(real)).isDirectory()) throw new Hostile();
  return real;
}

/**
 * The file or folder at a path; `null`: there is none.
 *
 * What is there must be what the path says: a link anywhere on the way, or a name that the file
 * system takes for another (`Ann` for `ann`), gives another real path, and is refused.
 *
 * @throws {Hostile}
 */
export async function entryAt(root: string, path: string): Promise<Entry | null> {
  const whole = below(root, path);
  const stats = await present(lstat(whole));
  if (stats === null) return null;
  if ((await present(realpath(whole))) !== whole) throw new Hostile();
  const kind = stats.isDirectory() ? "folder" : stats.isFile() ? "file" : null;
  if (kind === null) throw new Hostile();
  return { path, kind, modifiedAt: stats.mtime };
}

/** Names in a folder below the root; none where there is no folder. */
export async function namesIn(root: string, path: string): Promise<readonly string[]> {
  const folder = path === "" || (await entryAt(root, path))?.kind === "folder";
  return folder ? (await readdir(below(root, path))).sort() : [];
}

/** Opens a file that was found, and no other that took its place; `null`: it is gone. */
export async function openFile(
  root: string,
  path: string,
  mode: "read" | "write",
): Promise<FileHandle | null> {
  const whole = below(root, path);
  const access = mode === "read" ? constants.O_RDONLY : constants.O_RDWR;
  // Not through a link, and never waiting for the other end of a pipe.
  const flags = access | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await present(open(whole, flags));
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile() || (await realpath(whole)) !== whole) throw new Hostile();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The path on this system. */
export const below = (root: string, path: string): string => join(root, ...path.split("/"));

async function present<Value>(work: Promise<Value>): Promise<Value | null> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
