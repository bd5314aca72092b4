import { constants, existsSync } from "node:fs";
import { lstat, open, readdir, realpath, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

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
export function openFile(
  root: string,
  path: string,
  mode: "read" | "write",
): Promise<FileHandle | null> {
  return inFolder(root, path, (own) => openIn(own, mode));
}

/** Something in a folder that is held open: what is put in that folder's place is another. */
export interface Own {
  /** To be given to the system: it leads there and nowhere else. */
  readonly path: string;
  /** Where it is, as its name says. */
  readonly whole: string;
  /** So that what changed in the folder does not come back after a loss of power. */
  sync(): Promise<void>;
}

/** Where Linux shows what this process has open, by paths that nobody can exchange. */
const OPEN_FILES = "/proc/self/fd";
const SHOWN = existsSync(OPEN_FILES);

/**
 * Works on what a path names, with the folder that it is in held open, where the system can.
 *
 * Why a folder that is exchanged for a link meanwhile leads nobody astray: the folder that was opened
 * is asked where it is, and everything behind that goes by it, not by its name. Where the system
 * shows nothing of what is open, whoever may exchange folders must not be somebody else.
 *
 * @returns `null` where there is no such folder.
 * @throws {Hostile}
 */
export async function inFolder<Value>(
  root: string,
  path: string,
  work: (own: Own) => Promise<Value>,
): Promise<Value | null> {
  const whole = below(root, path);
  const folder = dirname(whole);
  if (!SHOWN) return work({ path: whole, whole, sync: () => synced(folder) });
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const handle = await open(folder, flags).catch((error: unknown) => {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT") return null;
    throw code === "ENOTDIR" || code === "ELOOP" ? new Hostile() : error;
  });
  if (handle === null) return null;
  try {
    if ((await realOf(handle, folder)) !== folder) throw new Hostile();
    const own = `${OPEN_FILES}/${handle.fd}/${basename(whole)}`;
    return await work({ path: own, whole, sync: () => handle.sync() });
  } finally {
    await handle.close();
  }
}

/** As {@link openFile}. */
export async function openIn(own: Own, mode: "read" | "write"): Promise<FileHandle | null> {
  const access = mode === "read" ? constants.O_RDONLY : constants.O_RDWR;
  // Not through a link, and never waiting for the other end of a pipe.
  const flags = access | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await present(open(own.path, flags));
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile() || (await realOf(handle, own.whole)) !== own.whole) throw new Hostile();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const realOf = ({ fd }: FileHandle, whole: string): Promise<string> =>
  realpath(SHOWN ? `${OPEN_FILES}/${fd}` : whole);

/** Not every system can. */
async function synced(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
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
