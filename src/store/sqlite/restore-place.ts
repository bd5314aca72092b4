import { existsSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { DATABASES, type DatabaseName, type SnapshotTarget, type StagedStores } from "#backup";
import { OubliError, word } from "#kernel";

import { openAuditStore } from "./audit-store.ts";
import { openKeyStore } from "./key-store.ts";
import { openMemoryStore } from "./memory-store.ts";
import { isBusy } from "./sqlite-errors.ts";

/** Stands in the data folder from before a restore's first change until after its last. */
const LOCK = "restoring";

const STAGED = ".staged";

/**
 * Refuses a store in which a restore was begun and did not end: what lies there may be half of one
 * and half of another.
 *
 * @throws {OubliError} `STORE_LOCKED`
 */
export function refuseLocked(folder: string): void {
  if (existsSync(join(folder, LOCK))) throw new OubliError("STORE_LOCKED", { restore: true });
}

/** A data folder, as the place that a backup is restored to. */
export function sqliteRestorePlace(folder: string): SnapshotTarget {
  const staged = join(folder, STAGED);
  const fileOf = (name: DatabaseName): string => join(folder, `${name}.db`);
  const stagedOf = (name: DatabaseName): string => join(staged, `${name}.db`);
  const isStaged = (name: DatabaseName): boolean => existsSync(stagedOf(name));
  const refuseAllUsed = (): void => DATABASES.forEach((name) => refuseUsed(fileOf(name)));

  return {
    engine: word("sqlite"),
    async state() {
      if (existsSync(join(folder, LOCK))) return "locked";
      const there = DATABASES.some((name) => existsSync(fileOf(name)));
      return there && !isNew(fileOf("audit"), fileOf("keys")) ? "occupied" : "empty";
    },
    async stage(database, bytes) {
      makeOwn(folder, staged);
      // Made by us, now: no link of somebody else's leads it away.
      await using file = await open(stagedOf(database), "wx", 0o600);
      for await (const chunk of bytes) await file.writeFile(chunk);
    },
    async open(): Promise<StagedStores> {
      return {
        memory: isStaged("memory") ? openMemoryStore(stagedOf("memory")) : null,
        keys: isStaged("keys") ? openKeyStore(stagedOf("keys")) : null,
        audit: isStaged("audit") ? openAuditStore(stagedOf("audit")) : null,
      };
    },
    async lowerApplied(ledgerIndex) {
      for (const name of (["memory", "keys"] as const).filter(isStaged)) {
        lowerApplied(stagedOf(name), ledgerIndex);
      }
    },
    async commit(note) {
      refuseAllUsed();
      const began = existsSync(join(folder, LOCK));
      await using lock = await open(join(folder, LOCK), "w", 0o600);
      await lock.sync();
      await flush(folder);
      // Who opens a store looks for the lock again behind it: one of the two sees the other.
      try {
        refuseAllUsed();
      } catch (error) {
        if (!began) rmSync(join(folder, LOCK));
        throw error;
      }
      for (const name of DATABASES.filter(isStaged)) {
        await flush(stagedOf(name));
        // Never a file beside another one's log: the log goes first.
        for (const end of ["-wal", "-shm"]) await rm(fileOf(name) + end, { force: true });
        await rename(stagedOf(name), fileOf(name));
      }
      await flush(folder);
      // Only now: with a note in it, the lock says that everything is in place.
      await lock.writeFile(note);
      await lock.sync();
    },
    async placed() {
      const path = join(folder, LOCK);
      if (!existsSync(path)) return null;
      const note = await readFile(path, "utf8");
      return note.endsWith("\n") ? note : null;
    },
    async unlock() {
      await rm(join(folder, LOCK), { force: true });
      await flush(folder);
    },
    async discard() {
      rmSync(staged, { recursive: true, force: true });
    },
  };
}

/** A folder of ours, and no link to somebody else's. */
function makeOwn(folder: string, staged: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (lstatSync(staged, { throwIfNoEntry: false })?.isDirectory()) return;
  mkdirSync(staged, { mode: 0o700 });
}

/** What an opening makes in a place whose store was lost, before the notary stops it. */
function isNew(audit: string, keys: string): boolean {
  return (
    countOf(audit, "SELECT sum(size) AS count FROM audit_head") === 0 &&
    countOf(keys, "SELECT count(*) AS count FROM epoch_key") === 0
  );
}

function countOf(path: string, select: string): number | null {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  try {
    using sql = new DatabaseSync(path, { readOnly: true });
    return (sql.prepare(select).get() as { count: number }).count;
  } catch {
    return null;
  }
}

function lowerApplied(path: string, ledgerIndex: number): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  using sql = new DatabaseSync(path);
  sql.prepare("UPDATE applied SET ledger_index = ?1 WHERE ledger_index > ?1").run(ledgerIndex);
}

/** A file that is no database any more is used by nobody: it is what a restore is for. */
function refuseUsed(path: string): void {
  if (!existsSync(path)) return;
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  using sql = new DatabaseSync(path, { timeout: 0 });
  try {
    // Every open connection holds a share of the file's lock, for as long as it is open.
    sql.exec("PRAGMA locking_mode = EXCLUSIVE");
    sql.exec("BEGIN EXCLUSIVE");
    sql.exec("ROLLBACK");
  } catch (error) {
    if (isBusy(error)) throw new OubliError("STORE_BUSY", {}, error);
  }
}

/** A file, or a folder with the names in it. */
async function flush(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}
