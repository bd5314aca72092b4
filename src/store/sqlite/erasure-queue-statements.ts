import type { DatabaseSync } from "node:sqlite";

import type { DamagedRow, QueuedErasure, QueuePage } from "#audit";
import { word, type ErasureId, type SubjectId } from "#kernel";

import { isText, isTexts, jsonObject, orDamaged } from "../audit-json.ts";

const QUEUED = `subject_id AS subject, erasure_id AS id, tenant, reason, scope,
  queued_at AS queuedAt`;

const TABLE = word("erasure_queue");

/** Erasures that wait. Call from inside a transaction. */
export function erasureQueueStatements(sql: DatabaseSync) {
  const insert = sql.prepare("INSERT OR IGNORE INTO erasure_queue VALUES (?, ?, ?, ?, ?, ?)");
  const remove = sql.prepare("DELETE FROM erasure_queue WHERE subject_id = ? AND erasure_id = ?");
  const select = sql.prepare(`
    SELECT ${QUEUED} FROM erasure_queue WHERE (subject_id, erasure_id) > (?, ?)
    ORDER BY subject_id, erasure_id LIMIT ?`);
  const selectSubject = sql.prepare(`
    SELECT ${QUEUED} FROM erasure_queue WHERE subject_id = ? AND erasure_id > ?
    ORDER BY erasure_id LIMIT ?`);

  return {
    enqueue({ subject, id, tenant, reason, scope, queuedAt }: QueuedErasure): void {
      insert.run(subject, id, tenant, reason, JSON.stringify(scope), queuedAt);
    },
    dequeue: (subject: SubjectId, id: ErasureId): void => void remove.run(subject, id),
    queued({ after, limit, subject }: QueuePage): (QueuedErasure | DamagedRow)[] {
      const rows =
        subject === undefined
          ? select.all(after?.subject ?? "", after?.id ?? "", limit)
          : selectSubject.all(subject, after?.id ?? "", limit);
      return rows.map((row) => orDamaged(TABLE, row, readQueued));
    },
  };
}

function readQueued(row: unknown): QueuedErasure {
  const stored = row as QueuedErasure & { scope: string };
  return { ...stored, scope: jsonObject(TABLE, stored.scope, isScope) };
}

function isScope(fields: Readonly<Record<string, unknown>>): boolean {
  return isText(fields["purpose"]) || isTexts(fields["nodes"]) || fields["subject"] === true;
}
