import { randomBytes } from "node:crypto";

import type { Checkpoint, LogName, NotaryStore } from "#audit";

import { openDatabase } from "./database.ts";
import type { Schema } from "./migrate.ts";

const notarySchema: Schema = {
  name: "notary",
  migrations: [
    {
      id: "0001-notary",
      sql: `
        CREATE TABLE installation (
          id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL
        ) STRICT;
        CREATE TABLE signer (log_id TEXT PRIMARY KEY, seed BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE signed (
          log_id TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
      `,
    },
    {
      id: "0002-forks",
      sql: `
        CREATE TABLE forked (
          log_id TEXT NOT NULL, number INTEGER NOT NULL,
          size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
          PRIMARY KEY (log_id, number)
        ) STRICT, WITHOUT ROWID;
      `,
    },
  ],
};

/** The notary's own file, beside the root keys and apart from the databases' backups. */
export function openNotaryStore(path: string): NotaryStore {
  const database = openDatabase(path, notarySchema);
  const { sql } = database;
  const selectSeed = sql.prepare("SELECT seed FROM signer WHERE log_id = ?");
  const selectLogs = sql.prepare("SELECT log_id AS log FROM signer ORDER BY log_id");
  const insertSeed = sql.prepare("INSERT OR IGNORE INTO signer VALUES (?, ?)");
  const selectName = sql.prepare("SELECT name FROM installation");
  const insertName = sql.prepare("INSERT OR IGNORE INTO installation VALUES (1, ?)");
  const selectLast = sql.prepare("SELECT size, root, note FROM signed WHERE log_id = ?");
  const swap = sql.prepare(`
    INSERT INTO signed SELECT ?1, ?2, ?3, ?4
    WHERE coalesce((SELECT size FROM signed WHERE log_id = ?1), 0) = ?5
    ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note`);
  const selectForked = sql.prepare(
    "SELECT size, root, note FROM forked WHERE log_id = ? ORDER BY number",
  );
  const keep = sql.prepare(`
    INSERT INTO forked SELECT log_id, (SELECT count(*) FROM forked WHERE log_id = ?1) + 1,
      size, root, note
    FROM signed WHERE log_id = ?1 AND size = ?2`);
  const giveUp = sql.prepare("DELETE FROM signed WHERE log_id = ?");
  const last = (log: LogName) => (selectLast.get(log) as unknown as Checkpoint | undefined) ?? null;

  return {
    seed: (log) =>
      database.write(() => {
        insertSeed.run(log, randomBytes(32));
        return (selectSeed.get(log) as { seed: Uint8Array }).seed;
      }),
    seeded: async () => database.read(() => selectLogs.all().map(({ log }) => log as LogName)),
    installation: () =>
      database.write(() => {
        insertName.run(randomBytes(4).toString("hex"));
        return (selectName.get() as { name: string }).name;
      }),
    last: async (log) => database.read(() => last(log)),
    compareAndSwap: (log, expected, { size, root, note }) =>
      database.writeBatch(() => swap.run(log, size, root, note, expected).changes === 1),
    forked: async (log) =>
      database.read(() => selectForked.all(log).map((row) => ({ ...row }) as never)),
    fork: (log, expected) =>
      database.write(() => {
        if (keep.run(log, expected).changes === 0) return false;
        giveUp.run(log);
        return true;
      }),
    close: () => database.close(),
  };
}
