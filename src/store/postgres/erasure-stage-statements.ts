import type { ExecutedErasure } from "#audit";
import type { ErasureId, SubjectId } from "#kernel";

import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

const FIELDS = `subject_id AS subject, erasure_id AS id, stage, kind, tenant,
  executed_idx AS "executedIndex", final_idx AS "finalIndex", epoch`;

/** How far erasures have come. */
export function erasureStages(database: Database) {
  return {
    executed: ({ epochMax, limit }: { readonly epochMax: number; readonly limit: number }) =>
      database.read<ExecutedErasure>(EVERY_SUBJECT, {
        text: `SELECT ${FIELDS} FROM erasure WHERE stage = 'executed' AND epoch <= $1 LIMIT $2`,
        values: [epochMax, limit],
      }),
    async erasure(subject: SubjectId, id: ErasureId): Promise<ExecutedErasure | null> {
      const text = `SELECT ${FIELDS} FROM erasure WHERE subject_id = $1 AND erasure_id = $2`;
      const [row] = await database.read<ExecutedErasure>(subject, { text, values: [subject, id] });
      return row ?? null;
    },
  };
}

/**
 * Moves of a stage. One that moves tells the gate, in the same statement, and once: a second
 * `executed` of the same erasure (its lease ran out under a slow process) finds the row moved
 * already, and leaves the gate alone.
 */
export const stageCalls = {
  /**
   * Also for one that a redo aborted while its process stood still, and which went through all the
   * same. The abort took its share of `pending` away already. Where something is to be made anew,
   * whoever finished it keeps the lease.
   */
  execute: (subject: SubjectId, id: ErasureId, epoch: number, index: number): Call => ({
    text: `
      WITH was AS (
        SELECT subject_id, erasure_id, stage FROM erasure
        WHERE subject_id = $1 AND erasure_id = $2 AND stage IN ('pending', 'aborted') FOR UPDATE),
      moved AS (
        UPDATE erasure AS this SET stage = 'executed', executed_idx = $4, epoch = $3, nodes = NULL,
          lease_holder = CASE remake WHEN '[]' THEN NULL ELSE lease_holder END,
          lease_until = CASE remake WHEN '[]' THEN NULL ELSE lease_until END
        FROM was WHERE this.subject_id = was.subject_id AND this.erasure_id = was.erasure_id
        RETURNING was.stage)
      UPDATE subject_gate SET seq = seq + 1,
        pending = pending - CASE moved.stage WHEN 'pending' THEN 1 ELSE 0 END
      FROM moved WHERE subject_id = $1`,
    values: [subject, id, epoch, index],
  }),
  abort: (subject: SubjectId, id: ErasureId): Call => ({
    text: `
      WITH moved AS (
        UPDATE erasure SET stage = 'aborted', lease_holder = NULL, lease_until = NULL
        WHERE subject_id = $1 AND erasure_id = $2 AND stage = 'pending' RETURNING 1)
      UPDATE subject_gate SET seq = seq + 1, pending = pending - 1
      FROM moved WHERE subject_id = $1`,
    values: [subject, id],
  }),
  finalise: (subject: SubjectId, id: ErasureId, index: number): Call => ({
    text: `
      UPDATE erasure SET stage = 'final', final_idx = $3
      WHERE subject_id = $1 AND erasure_id = $2 AND stage = 'executed'`,
    values: [subject, id, index],
  }),
};
