import { rmSync } from "node:fs";
import { open as openFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";

import { LOG_NAMES, rootOf } from "#audit";
import {
  DATABASES,
  type DatabaseName,
  type Moment,
  type Snapshots,
  type SnapshotSource,
} from "#backup";
import { OubliError, word } from "#kernel";

import { logStatements } from "./audit-log-statements.ts";
import { compact } from "./compact.ts";
import { makeSnapshotFolder } from "./snapshot-folder.ts";
import { isBusy, storeError } from "./sqlite-errors.ts";

type Paths = Readonly<Record<DatabaseName, string>>;

/** How long the lock of one database is waited for. */
const BUSY_DEADLINE_MS = 10_000;
const BUSY_PAUSE_MS = 3;

/** Pages that are copied in one step, off the event loop. */
const PAGES_A_STEP = 1024;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Snapshots of a region's SQLite files, while others write.
 *
 * The moment: all three write locks are held while the three read transactions begin, some
 * milliseconds. Nobody else ever holds two of them, so there is no ring to wait in. Each copy is
 * then made from its read transaction, page by page, and rewritten without a free page: what
 * `secure_delete` could not reach, a copy that a split left in a page, is not taken along.
 *
 * Cost: a read transaction is open while its file is copied; a destruction meanwhile finds its
 * write-ahead log in use, and says `deferred`. As much free disk as twice the largest file.
 */
export function sqliteSnapshots(paths: Paths): SnapshotSource {
  return {
    engine: word("sqlite"),
    async take(wanted) {
      const folder = makeSnapshotFolder(dirname(paths.audit));
      const readers: Partial<Record<DatabaseName, DatabaseSync>> = {};
      const files = new Map<DatabaseName, Copied>();
      try {
        await beginAtOnce(paths, readers);
        const moment = momentOf(readers as Readers);
        for (const name of DATABASES) {
          if (wanted.includes(name)) files.set(name, await copy(readers[name]!, folder.path, name));
          readers[name]!.close();
        }
        folder.remove();
        return open(files, moment);
      } catch (error) {
        for (const name of DATABASES) if (readers[name]?.isOpen) readers[name].close();
        for (const { file } of files.values()) await file.close();
        folder.remove();
        throw storeError(error);
      }
    },
  };
}

type Readers = Readonly<Record<DatabaseName, DatabaseSync>>;

async function beginAtOnce(paths: Paths, readers: Partial<Record<DatabaseName, DatabaseSync>>) {
  const { DatabaseSync: Sql } = process.getBuiltinModule("node:sqlite");
  const writers: DatabaseSync[] = [];
  try {
    for (const name of DATABASES) {
      const writer = new Sql(paths[name], { timeout: 0 });
      writers.push(writer);
      await untilFree(() => writer.exec("BEGIN IMMEDIATE"));
    }
    for (const name of DATABASES) {
      const reader = new Sql(paths[name], { readOnly: true, timeout: 0 });
      readers[name] = reader;
      await untilFree(() => {
        reader.exec("BEGIN");
        // BEGIN alone reads nothing yet: from here on it stands still.
        reader.prepare("SELECT count(*) FROM sqlite_schema").get();
      });
    }
  } finally {
    for (const writer of writers) writer.close();
  }
}

/** @throws {OubliError} `STORE_BUSY` */
async function untilFree(begin: () => void): Promise<void> {
  for (const deadline = performance.now() + BUSY_DEADLINE_MS; ;) {
    try {
      return begin();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw storeError(error);
      await pause(Math.random() * BUSY_PAUSE_MS);
    }
  }
}

function momentOf({ memory, keys, audit }: Readers): Moment {
  const log = logStatements(audit);
  const epoch = keys.prepare("SELECT epoch FROM epoch_key WHERE state = 'active'").get();
  return {
    schemas: { memory: stepsOf(memory), keys: stepsOf(keys), audit: stepsOf(audit) },
    logs: LOG_NAMES.map((name) => {
      const head = log.head(name);
      return { log: name, size: head.size, root: rootOf(head) };
    }),
    epoch: (epoch as { epoch: number } | undefined)?.epoch ?? 0,
  };
}

function stepsOf(sql: DatabaseSync): number {
  return (sql.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

/** A file that only this process can still read: its name is gone. */
interface Copied {
  readonly file: FileHandle;
  readonly size: number;
}

async function copy(reader: DatabaseSync, folder: string, name: DatabaseName): Promise<Copied> {
  const { backup } = process.getBuiltinModule("node:sqlite");
  const [pages, compacted] = [join(folder, `${name}.pages`), join(folder, `${name}.db`)];
  // The reader is in a transaction, so each step reads the same moment, whoever writes meanwhile.
  await backup(reader, pages, { rate: PAGES_A_STEP });
  reader.exec("COMMIT");
  await compact(pages, compacted);
  rmSync(pages);
  const file = await openFile(compacted, "r");
  return { file, size: (await file.stat()).size };
}

function open(files: ReadonlyMap<DatabaseName, Copied>, moment: Moment): Snapshots {
  return {
    moment,
    size: (database) => files.get(database)!.size,
    read: (database) => chunks(files.get(database)!),
    async [Symbol.asyncDispose]() {
      for (const { file } of files.values()) await file.close();
    },
  };
}

async function* chunks({ file, size }: Copied): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) throw new OubliError("STORE_DAMAGED");
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
