import type { DamagedRow, QueuedErasure, QueuePage } from "#audit";
import type { ErasureId, SubjectId } from "#kernel";

import { orDamaged } from "../audit-json.ts";
import { QUEUE, readQueued } from "./audit-rows.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

const QUEUED = `SELECT subject_id AS subject, erasure_id AS id, tenant, reason, scope,
  queued_at AS "queuedAt" FROM erasure_queue`;

/** Erasures that wait. */
export function erasureQueue(database: Database) {
  return {
    async queued({ after, limit, subject }: QueuePage): Promise<(QueuedErasure | DamagedRow)[]> {
      const rows = await (subject === undefined
        ? database.read(EVERY_SUBJECT, {
            text: `${QUEUED} WHERE (subject_id, erasure_id) > ($1, $2)
              ORDER BY subject_id, erasure_id LIMIT $3`,
            values: [after?.subject ?? "", after?.id ?? "", limit],
          })
        : database.read(subject, {
            text: `${QUEUED} WHERE subject_id = $1 AND erasure_id > $2
              ORDER BY erasure_id LIMIT $3`,
            values: [subject, after?.id ?? "", limit],
          }));
      return rows.map((row) => orDamaged(QUEUE, row, readQueued));
    },
    async dequeue(subject: SubjectId, id: ErasureId): Promise<void> {
      await database.write(subject, [queueCalls.dequeue(subject, id)]);
    },
  };
}

export const queueCalls = {
  enqueue: ({ subject, id, tenant, reason, scope, queuedAt }: QueuedErasure): Call => ({
    text: "INSERT INTO erasure_queue VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    values: [subject, id, tenant, reason, JSON.stringify(scope), queuedAt],
  }),
  dequeue: (subject: SubjectId, id: ErasureId): Call => ({
    text: "DELETE FROM erasure_queue WHERE subject_id = $1 AND erasure_id = $2",
    values: [subject, id],
  }),
};
