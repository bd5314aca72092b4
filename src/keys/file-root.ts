import { randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { OubliError, word, type Clock } from "#kernel";

import { makeFolderFor } from "./make-folder.ts";
import type { RootProvider } from "./root-provider.ts";
import { intoKey, KEY_BYTES, newKeyBytes } from "./wrap.ts";

export interface FileRootOptions {
  /** Kept apart from the databases and from their backups: whoever has both has everything. */
  readonly folder: string;
  readonly region: string;
  readonly clock: Clock;
}

const REGION_SHAPE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * Root keys as files, `<folder>/<region>.epoch-<n>.key`, readable by their owner alone.
 *
 * Limits: a destroyed key is overwritten in place and unlinked, but a journal, a copy-on-write
 * file system, a snapshot or worn flash may keep its old block; certificates say so.
 *
 * @throws {OubliError} `CONFIG_INVALID` for a region that cannot stand in a file's name.
 */
export function fileRootProvider({ folder, region, clock }: FileRootOptions): RootProvider {
  if (!REGION_SHAPE.test(region)) {
    throw new OubliError("CONFIG_INVALID", { field: word("region") });
  }
  const path = (epoch: number): string => join(folder, `${region}.epoch-${epoch}.key`);

  return {
    name: "file",
    create: (epoch) => createFile(folder, path(epoch)),
    async key(epoch) {
      const bytes = await orIfAbsent(readFile(path(epoch)), null);
      // Looked for again: while a key is destroyed it has lost its name, and what was read of it
      // may be noise.
      if (bytes === null || (await orIfAbsent(stat(path(epoch)), null)) === null) return null;
      if (bytes.length !== KEY_BYTES) throw new OubliError("STORE_DAMAGED", { epoch });
      return intoKey(bytes);
    },
    async epochs() {
      const names = await orIfAbsent(readdir(folder), []);
      const found = names.map((name) => epochOf(name, region)).filter((epoch) => epoch !== null);
      return found.sort((left, right) => left - right);
    },
    async destroy(epoch) {
      const method = (await destroyFile(path(epoch)))
        ? "overwritten-and-unlinked"
        : "already-absent";
      await orIfAbsent(syncFolder(folder), undefined);
      const now = clock.now();
      return { provider: "file", epoch, destroyedAt: now, method, irreversibleAt: now };
    },
  };
}

/**
 * The key is complete and on the disk before its name appears. A link, unlike a rename, never
 * replaces a key that another process made a moment ago.
 */
async function createFile(folder: string, path: string): Promise<"created" | "exists"> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const key = newKeyBytes();
  try {
    makeFolderFor(folder);
    await writeSynced(draft, "wx", key);
    await link(draft, path);
    return "created";
  } catch (error) {
    if (hasCode(error, "EEXIST")) return "exists";
    throw new OubliError("STORE_UNAVAILABLE", {}, error);
  } finally {
    key.fill(0);
    await orIfAbsent(unlink(draft), undefined);
    await orIfAbsent(syncFolder(folder), undefined);
  }
}

/**
 * The key loses its name before its bytes: a process that is killed in between leaves no file that
 * looks like a key and holds noise. What it leaves is overwritten by the next call.
 *
 * @returns false when there was no file.
 */
async function destroyFile(path: string): Promise<boolean> {
  const doomed = `${path}.destroyed`;
  await orIfAbsent(rename(path, doomed), undefined);
  // On the disk in this order, too.
  await orIfAbsent(syncFolder(dirname(path)), undefined);
  return orIfAbsent(
    writeSynced(doomed, "r+", randomBytes(KEY_BYTES))
      .then(() => unlink(doomed))
      .then(() => true),
    false,
  );
}

async function writeSynced(path: string, flags: "wx" | "r+", bytes: Uint8Array): Promise<void> {
  await using file = await open(path, flags, 0o600);
  await file.write(bytes, 0, bytes.length, 0);
  await file.sync();
}

/** Makes names durable: a file's own fsync does not cover the folder it stands in. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // A folder cannot be opened there.
  await using file = await open(folder, "r");
  await file.sync();
}

async function orIfAbsent<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return otherwise;
    throw new OubliError("STORE_UNAVAILABLE", {}, error);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

function epochOf(name: string, region: string): number | null {
  if (!name.startsWith(`${region}.epoch-`) || !name.endsWith(".key")) return null;
  const digits = name.slice(`${region}.epoch-`.length, -".key".length);
  return /^[1-9][0-9]*$/.test(digits) ? Number(digits) : null;
}
