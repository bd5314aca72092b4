import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import type { DatabaseSync, StatementSync } from "node:sqlite";

import { OubliError } from "#kernel";

import { closeLog, cutLog, type Cut } from "./cut-log.ts";
import { migrate, recognise, type Schema } from "./migrate.ts";
import { storeError, isBusy } from "./sqlite-errors.ts";

/** How long a write waits for other processes before it gives up. */
const BUSY_DEADLINE_MS = 10_000;

/** The longest step between two tries for the write lock. */
const BUSY_PAUSE_MS = 3;

/** How long after meeting another writer a process counts on meeting it again. */
const SHARED_MS = 100;

/** How often a read or the opening, which cannot wait off the event loop, tries again. */
const SYNC_TRIES_MAX = 200;

/** Works that share one commit at most: bounds how long the write lock is held. */
const GROUP_MAX = 256;

/** One SQLite file: durable, write-ahead logged, shared with other processes. */
export interface Database {
  /** For preparing statements once, when a store is made. */
  readonly sql: DatabaseSync;
  /**
   * Runs `work` in the next write transaction and resolves after its commit. Works of several
   * callers share one transaction, each under its own savepoint: a throw undoes that work alone.
   * `work` is synchronous, and calls neither `write` nor `read`; an expected refusal is a return
   * value.
   *
   * @throws {OubliError} `STORE_BUSY` after ten seconds of waiting for other processes,
   *   `STORE_FULL`, `STORE_UNAVAILABLE`: nothing was written, or it is unknown. `CLOSED`.
   */
  write<T>(work: () => T): Promise<T>;
  /** As {@link write}, for a caller that has gathered its batch already: does not wait for more. */
  writeBatch<T>(work: () => T): Promise<T>;
  /** Runs `work` in one short read transaction; again from its start where the file was locked. */
  read<T>(work: () => T): T;
  /** Cuts the write-ahead log to nothing, so that no old page stays: see {@link cutLog}. */
  scrub(): Promise<Cut>;
  close(): Promise<void>;
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
    // First of all: another application's file is not ours to change, not even its mode.
    settle(() => recognise(sql, schema));
    if (path !== ":memory:") keepPrivate(path);
    settle(() => configure(sql, path));
    settle(() => migrate(sql, schema));
  } catch (error) {
    sql.close();
    throw storeError(error);
  }
  return new GroupCommit(sql);
}

/** SQLite gives the log beside the file the same mode. */
function keepPrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    throw new OubliError("STORE_READ_ONLY", {}, error);
  }
}

/** Sets what durability and erasure rest on, and asserts that SQLite took it. */
function configure(sql: DatabaseSync, path: string): void {
  const wanted: Record<string, string | number> = {
    journal_mode: path === ":memory:" ? "memory" : "wal",
    synchronous: 2,
    secure_delete: 1,
    temp_store: 2,
    cache_size: -16_000,
    busy_timeout: 0,
    // Else INSERT OR REPLACE removes a row past the trigger that refuses to remove it.
    recursive_triggers: 1,
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
 * BEGIN and COMMIT stand in one synchronous function: no read of this connection, and no `close`,
 * can fall between them and see what is not committed.
 */
class GroupCommit implements Database {
  readonly sql: DatabaseSync;
  #waiting: Waiting[] = [];
  #flushing = false;
  #closed = false;
  /** Whether the log was ever cut: then another handle on the file is open. */
  #cut = false;
  /** When another process last held the lock that this one wanted. */
  #busyAt = -Infinity;

  readonly #bounds: Bounds;

  constructor(sql: DatabaseSync) {
    this.sql = sql;
    this.#bounds = boundsOf(sql);
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
    assert(!this.sql.isTransaction, "a work reads with its own statements");
    return settle(() => {
      this.#bounds.begin.run();
      try {
        return work();
      } finally {
        if (this.sql.isTransaction) this.#bounds.commit.run();
      }
    });
  }

  async scrub(): Promise<Cut> {
    if (this.#closed) throw new OubliError("CLOSED");
    const path = this.sql.location();
    if (path === null) return "removed";
    this.#cut = true;
    return cutLog(path);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#refuseAll(new OubliError("CLOSED"));
    const path = this.sql.location();
    this.sql.close();
    if (this.#cut && path !== null) await closeLog(path);
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

  /**
   * Commits until nothing waits. Waits for the lock off the event loop, in jittered steps: with
   * SQLite's own busy handler two busy processes starve one another, and it would block meanwhile.
   */
  async #flush(): Promise<void> {
    let deadline = performance.now() + BUSY_DEADLINE_MS;
    while (this.#waiting.length > 0) {
      const refusal = this.#begin();
      if (refusal === null) {
        this.#commit(this.#waiting.splice(0, GROUP_MAX));
        deadline = performance.now() + BUSY_DEADLINE_MS;
        await this.#makeWay();
      } else if (refusal.code === "STORE_BUSY" && performance.now() < deadline) {
        this.#busyAt = performance.now();
        await pause(Math.random() * BUSY_PAUSE_MS);
      } else {
        this.#refuseAll(refusal);
      }
    }
    this.#flushing = false;
  }

  /**
   * Lets the callers of this group go on: what they write next goes into the next one. Beside
   * another writer it is polite every second time; else whoever has the lock mostly keeps it.
   */
  #makeWay(): Promise<void> {
    const shared = performance.now() - this.#busyAt < SHARED_MS;
    return shared && Math.random() < 0.5 ? pause(1) : turn();
  }

  #begin(): OubliError | null {
    try {
      this.#bounds.beginWrite.run();
      return null;
    } catch (error) {
      return storeError(error);
    }
  }

  #commit(group: readonly Waiting[]): void {
    try {
      const settled = group.map((waiting) => this.#runOne(waiting));
      this.#bounds.commit.run();
      for (const settleOne of settled) settleOne();
    } catch (error) {
      this.#rollBack();
      for (const { reject } of group) reject(storeError(error));
    }
  }

  /** @returns what tells the caller, once the group is committed. */
  #runOne({ work, resolve, reject }: Waiting): () => void {
    this.#bounds.savepoint.run();
    try {
      const value = work();
      assert(!(value instanceof Promise), "a work is synchronous");
      this.#bounds.release.run();
      return () => resolve(value);
    } catch (error) {
      // A full disk, or one that fails, may have undone the whole group already.
      if (!this.sql.isTransaction) throw error;
      this.sql.exec("ROLLBACK TO work; RELEASE work");
      return () => reject(storeError(error));
    }
  }

  /** Never throws. Should the transaction stay open, every later BEGIN and read refuses. */
  #rollBack(): void {
    try {
      if (this.sql.isTransaction) this.sql.exec("ROLLBACK");
    } catch {
      // The works fail with the error that led here.
    }
  }

  #refuseAll(error: OubliError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

type Bounds = Readonly<
  Record<"begin" | "beginWrite" | "savepoint" | "release" | "commit", StatementSync>
>;

/** What stands around every work, prepared once: it runs more often than anything else. */
function boundsOf(sql: DatabaseSync): Bounds {
  return {
    begin: sql.prepare("BEGIN"),
    beginWrite: sql.prepare("BEGIN IMMEDIATE"),
    savepoint: sql.prepare("SAVEPOINT work"),
    release: sql.prepare("RELEASE work"),
    commit: sql.prepare("COMMIT"),
  };
}

const moment = new Int32Array(new SharedArrayBuffer(4));

/** A read meets a lock only while another process opens or truncates the log: a few moments. */
function settle<T>(work: () => T): T {
  for (let tries = 0; ; tries += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || tries > SYNC_TRIES_MAX) throw storeError(error);
      Atomics.wait(moment, 0, 0, 1 + Math.random() * 4);
    }
  }
}
