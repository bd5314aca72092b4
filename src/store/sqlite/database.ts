import { chmodSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

import { OubliError } from "#kernel";

import { migrate, type Schema } from "./migrate.ts";
import { storeError, isBusy } from "./sqlite-errors.ts";

/** How long a write waits for other processes before it gives up. */
const BUSY_DEADLINE_MS = 10_000;

/** Works that share one commit at most: bounds how long the write lock is held. */
const GROUP_MAX = 256;

/** One SQLite file: durable, write-ahead logged, shared with other processes. */
export interface Database {
  /** For preparing statements once, when a store is made. */
  readonly sql: DatabaseSync;
  /**
   * Runs `work` in the next write transaction and resolves after its commit. Works of several
   * callers share one transaction, each under its own savepoint: a throw undoes that work alone.
   * `work` is synchronous; an expected refusal is a return value.
   */
  write<T>(work: () => T): Promise<T>;
  /** As {@link write}, for a caller that has gathered its batch already: does not wait for more. */
  writeBatch<T>(work: () => T): Promise<T>;
  /** Runs `work` in one short read transaction. */
  read<T>(work: () => T): T;
  /** Moves the write-ahead log into the file and cuts it to nothing, so that no old page stays. */
  scrub(): "removed" | "deferred";
  close(): void;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens a store file, making it when it is not there, and brings its schema up to date.
 *
 * @param path A file, or `:memory:` for a test world.
 * @throws {OubliError} `SCHEMA_NEWER`, `STORE_DAMAGED`, `STORE_READ_ONLY`, `STORE_UNAVAILABLE`.
 */
export function openDatabase(path: string, schema: Schema): Database {
  // Asked for at run time, not imported: an older Node then meets our sentence, not a loader's.
  const sqlite = process.getBuiltinModule("node:sqlite");
  let sql: DatabaseSync;
  try {
    sql = new sqlite.DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw storeError(error);
  }
  try {
    if (path !== ":memory:") chmodSync(path, 0o600);
    settle(() => configure(sql, path));
    settle(() => migrate(sql, schema));
  } catch (error) {
    sql.close();
    throw storeError(error);
  }
  return new GroupCommit(sql);
}

/** Sets what durability and erasure rest on, and asserts that SQLite took it. */
function configure(sql: DatabaseSync, path: string): void {
  const wanted: Record<string, string | number> = {
    journal_mode: path === ":memory:" ? "memory" : "wal",
    synchronous: 2,
    secure_delete: 1,
    temp_store: 2,
    busy_timeout: 0,
  };
  for (const [pragma, value] of Object.entries(wanted)) {
    sql.exec(`PRAGMA ${pragma} = ${value}`);
    const row = sql.prepare(`PRAGMA ${pragma}`).get() as Record<string, string | number>;
    if (Object.values(row)[0] !== value) throw new OubliError("STORE_UNAVAILABLE");
  }
}

/**
 * Group commit. While one transaction waits for the lock, further works gather; then all run in
 * one transaction and one flush to the disk.
 *
 * Why it is safe: a work's promise resolves only after COMMIT returned, and with synchronous=FULL
 * it returns only after the write-ahead log is on the disk. If COMMIT fails, every work fails.
 */
class GroupCommit implements Database {
  readonly sql: DatabaseSync;
  #waiting: Waiting[] = [];
  #flushing = false;
  #closed = false;

  constructor(sql: DatabaseSync) {
    this.sql = sql;
  }

  write<T>(work: () => T): Promise<T> {
    // Whatever the callers of this turn of the event loop write goes into the same commit.
    return this.#enqueue(work, (flush) => setImmediate(flush));
  }

  writeBatch<T>(work: () => T): Promise<T> {
    return this.#enqueue(work, (flush) => flush());
  }

  read<T>(work: () => T): T {
    if (this.#closed) throw new OubliError("CLOSED");
    return settle(() => {
      this.sql.exec("BEGIN");
      try {
        return work();
      } finally {
        this.sql.exec("COMMIT");
      }
    });
  }

  scrub(): "removed" | "deferred" {
    try {
      const row = this.sql.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      return row.busy === 0 ? "removed" : "deferred";
    } catch (error) {
      if (isBusy(error)) return "deferred";
      throw storeError(error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new OubliError("CLOSED"));
    this.sql.close();
  }

  #enqueue<T>(work: () => T, start: (flush: () => void) => void): Promise<T> {
    if (this.#closed) return Promise.reject(new OubliError("CLOSED"));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as Waiting["resolve"], reject });
      if (this.#flushing) return;
      this.#flushing = true;
      start(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const locked = await this.#lock();
      const group = this.#waiting.splice(0, GROUP_MAX);
      if (locked === true) this.#commit(group);
      else for (const { reject } of group) reject(locked);
    }
    this.#flushing = false;
  }

  /**
   * Takes the write lock. Waits off the event loop's hands, in jittered steps: with SQLite's own
   * busy handler two busy processes starve one another, and this one would block meanwhile.
   */
  async #lock(): Promise<true | OubliError> {
    const deadline = performance.now() + BUSY_DEADLINE_MS;
    for (;;) {
      if (this.#closed) return new OubliError("CLOSED");
      try {
        this.sql.exec("BEGIN IMMEDIATE");
        return true;
      } catch (error) {
        if (!isBusy(error)) return storeError(error);
        if (performance.now() > deadline) return new OubliError("STORE_BUSY");
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      }
    }
  }

  #commit(group: readonly Waiting[]): void {
    const results: (() => void)[] = [];
    try {
      for (const { work, resolve, reject } of group) {
        this.sql.exec("SAVEPOINT work");
        try {
          const value = work();
          results.push(() => resolve(value));
        } catch (error) {
          this.sql.exec("ROLLBACK TO work");
          results.push(() => reject(storeError(error)));
        }
        this.sql.exec("RELEASE work");
      }
      this.sql.exec("COMMIT");
    } catch (error) {
      if (this.sql.isTransaction) this.sql.exec("ROLLBACK");
      for (const { reject } of group) reject(storeError(error));
      return;
    }
    for (const settleOne of results) settleOne();
  }
}

/** A read meets a lock only while another process opens or truncates the log: a few moments. */
function settle<T>(work: () => T): T {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; ; tries += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || tries > 200) throw storeError(error);
      Atomics.wait(pause, 0, 0, 1 + Math.random() * 4);
    }
  }
}
