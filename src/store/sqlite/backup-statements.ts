import type { DatabaseSync } from "node:sqlite";

import type { BackupRow, OutstandingBackups } from "#audit";
import type { BackupId, EpochMs } from "#kernel";

/** Copies that may still exist. The ledger tells all there ever were. */
export const BACKUP_TABLE = `
  CREATE TABLE backup (
    backup_id TEXT PRIMARY KEY, scope TEXT NOT NULL,
    made_at INTEGER NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX backup_end ON backup (ends_at);`;

/** Call from inside a transaction. */
export function backupStatements(sql: DatabaseSync) {
  const insert = sql.prepare("INSERT INTO backup VALUES (?, ?, ?, ?)");
  const removeOver = sql.prepare("DELETE FROM backup WHERE ends_at <= ?");
  const remove = sql.prepare("DELETE FROM backup WHERE backup_id = ?");
  const selectAll = sql.prepare(
    "SELECT count(*) AS count, max(ends_at) AS until FROM backup WHERE ends_at > ?",
  );
  const selectRows = sql.prepare(`
    SELECT backup_id AS id, scope, made_at AS madeAt, ends_at AS endsAt FROM backup
    WHERE ends_at > ? ORDER BY ends_at DESC, backup_id LIMIT ?`);

  return {
    /** Those that are over go with it, so that the table has what is outstanding, and no more. */
    made({ id, scope, madeAt, endsAt }: BackupRow): void {
      removeOver.run(madeAt);
      insert.run(id, scope, madeAt, endsAt);
    },
    ended: (id: BackupId): void => void remove.run(id),
    outstanding(now: EpochMs, limit: number): OutstandingBackups {
      const all = selectAll.get(now) as unknown as Omit<OutstandingBackups, "rows">;
      const rows = selectRows.all(now, limit).map((row) => ({ ...(row as unknown as BackupRow) }));
      return { count: all.count, until: all.until, rows };
    },
  };
}
