import type { BackupRow, OutstandingBackups } from "#audit";
import type { BackupId, EpochMs } from "#kernel";

import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

/** Copies that may still exist. They are of everybody, so no row says whose. */
export const BACKUP_TABLE = `
        CREATE TABLE backup (
          backup_id text PRIMARY KEY, scope text NOT NULL,
          made_at bigint NOT NULL, ends_at bigint NOT NULL
        );
        CREATE INDEX backup_end ON backup (ends_at);`;
export const BACKUP_RIGHTS = { grant: "SELECT, INSERT, DELETE", guard: null } as const;

export const backupCalls = {
  /** Those that are over go with it. */
  made: ({ id, scope, madeAt, endsAt }: BackupRow): readonly Call[] => [
    { text: "DELETE FROM backup WHERE ends_at <= $1", values: [madeAt] },
    { text: "INSERT INTO backup VALUES ($1, $2, $3, $4)", values: [id, scope, madeAt, endsAt] },
  ],
  ended: (id: BackupId): Call => ({
    text: "DELETE FROM backup WHERE backup_id = $1",
    values: [id],
  }),
};

/** One statement, so one snapshot: the count is that of the rows. */
const OUTSTANDING = `
  SELECT (SELECT count(*) FROM backup WHERE ends_at > $1) AS count,
    (SELECT max(ends_at) FROM backup WHERE ends_at > $1) AS until,
    (SELECT coalesce(json_agg(each), '[]') FROM (
      SELECT backup_id AS id, scope, made_at AS "madeAt", ends_at AS "endsAt" FROM backup
      WHERE ends_at > $1 ORDER BY ends_at DESC, backup_id LIMIT $2) AS each) AS rows`;

export function backupReads(database: Database) {
  return {
    async outstandingBackups(now: EpochMs, limit: number): Promise<OutstandingBackups> {
      const call = { text: OUTSTANDING, values: [now, limit] };
      return (await database.read<OutstandingBackups>(EVERY_SUBJECT, call))[0]!;
    },
  };
}
