import type { DatabaseSync } from "node:sqlite";

import type { QueuedErasure } from "#audit";
import type { ErasureId, SubjectId } from "#kernel";

const QUEUED = `subject_id AS subject, erasure_id AS id, tenant, reason, scope,
  queued_at AS queuedAt`;

/** Erasures that wait. Call from inside a transaction. */
export function erasureQueueStatements(sql: DatabaseSync) {
  const insert = sql.prepare("INSERT OR IGNORE INTO erasure_queue VALUES (?, ?, ?, ?, ?, ?)");
  const remove = sql.prepare("DELETE FROM erasure_queue WHERE subject_id = ? AND erasure_id = ?");
  const select = sql.prepare(`SELECT ${QUEUED} FROM erasure_queue ORDER BY queued_at LIMIT ?`);
  const selectSubject = sql.prepare(`
    SELECT ${QUEUED} FROM erasure_queue WHERE subject_id = ? ORDER BY queued_at LIMIT ?`);

  return {
    enqueue({ subject, id, tenant, reason, scope, queuedAt }: QueuedErasure): void {
      insert.run(subject, id, tenant, reason, JSON.stringify(scope), queuedAt);
    },
    dequeue: (subject: SubjectId, id: ErasureId): void => void remove.run(subject, id),
    queued(limit: number, subject?: SubjectId): QueuedErasure[] {
      const rows = subject === undefined ? select.all(limit) : selectSubject.all(subject, limit);
      return rows.map(readQueued);
    },
  };
}

function readQueued(row: unknown): QueuedErasure {
  const stored = row as QueuedErasure & { scope: string };
  return { ...stored, scope: JSON.parse(stored.scope) as QueuedErasure["scope"] };
}
