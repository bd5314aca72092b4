import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { OubliError, randomIds } from "#kernel";

import { isBusy, storeError } from "./sqlite-errors.ts";

/** A folder for copies of databases. Keys may stand in it. */
export interface SnapshotFolder {
  readonly path: string;
  remove(): void;
}

const PREFIX = ".snapshot-";
const LOCK = ".lock";

/**
 * Makes a folder that goes with this process: when the process dies, the next one that opens the
 * place, or backs it up, removes it.
 *
 * Why it is safe: its maker holds a lock on a file beside it, from before there is a folder until it
 * is gone, and the system ends the lock with the process. A process id would not tell: it is given
 * out again, and in a container mostly to the very next process.
 *
 * @param beside Where the databases are: a copy stays on their disk, and in their region.
 */
export function makeSnapshotFolder(beside: string): SnapshotFolder {
  removeSnapshots(beside);
  try {
    for (;;) {
      const path = join(beside, `${PREFIX}${Buffer.from(randomIds.bytes(6)).toString("hex")}`);
      const lock = hold(path + LOCK);
      if (lock === null) continue;
      mkdirSync(path, { mode: 0o700 });
      return {
        path,
        remove() {
          rmSync(path, { recursive: true, force: true });
          rmSync(path + LOCK, { force: true });
          lock.close();
        },
      };
    }
  } catch (error) {
    throw new OubliError("STORE_UNAVAILABLE", {}, error);
  }
}

/** Removes what processes that died left. */
export function removeSnapshots(beside: string): void {
  if (!existsSync(beside)) return;
  const names = readdirSync(beside).filter((name) => name.startsWith(PREFIX));
  for (const name of new Set(names.map((one) => one.split(".")[1]!))) {
    const path = join(beside, `.${name}`);
    const lock = hold(path + LOCK);
    if (lock === null) continue;
    rmSync(path, { recursive: true, force: true });
    rmSync(path + LOCK, { force: true });
    lock.close();
  }
}

/** @returns `null` where another holds it, or has just removed it. */
function hold(file: string): DatabaseSync | null {
  const { DatabaseSync: Sql } = process.getBuiltinModule("node:sqlite");
  const lock = new Sql(file, { timeout: 0 });
  try {
    // Without a journal, which would be one more file.
    lock.exec("PRAGMA journal_mode = memory; BEGIN EXCLUSIVE");
    if (existsSync(file)) return lock;
  } catch (error) {
    lock.close();
    if (isBusy(error)) return null;
    throw storeError(error);
  }
  lock.close();
  return null;
}
