import type { DatabaseSync } from "node:sqlite";

import type { ErasureStage, ExecutedErasure } from "#audit";
import type { ErasureId, SubjectId } from "#kernel";

const DONE = `subject_id AS subject, erasure_id AS id, stage, kind, tenant,
  executed_idx AS executedIndex, final_idx AS finalIndex, epoch`;

/** How far an erasure has come. Call from inside a transaction. */
export function erasureStageStatements(sql: DatabaseSync) {
  const selectStage = sql.prepare(
    "SELECT stage FROM erasure WHERE subject_id = ? AND erasure_id = ?",
  );
  const setExecuted = sql.prepare(`
    UPDATE erasure SET stage = 'executed', executed_idx = ?, epoch = ?, nodes = NULL,
      lease_holder = iif(remake = '[]', NULL, lease_holder),
      lease_until = iif(remake = '[]', NULL, lease_until)
    WHERE subject_id = ? AND erasure_id = ? AND stage IN ('pending', 'aborted')`);
  const setAborted = sql.prepare(`
    UPDATE erasure SET stage = 'aborted', lease_holder = NULL, lease_until = NULL
    WHERE subject_id = ? AND erasure_id = ? AND stage = 'pending'`);
  const setFinal = sql.prepare(`
    UPDATE erasure SET stage = 'final', final_idx = ?
    WHERE subject_id = ? AND erasure_id = ? AND stage = 'executed'`);
  const selectExecuted = sql.prepare(`
    SELECT ${DONE} FROM erasure WHERE stage = 'executed' AND epoch <= ? LIMIT ?`);
  const selectOne = sql.prepare(`
    SELECT ${DONE} FROM erasure WHERE subject_id = ? AND erasure_id = ?`);
  const selectErased = sql.prepare(`
    SELECT 1 FROM erasure INDEXED BY erasure_whole
    WHERE subject_id = ? AND kind = 'erase' AND stage <> 'aborted' LIMIT 1`);

  return {
    /**
     * Moves an erasure to `executed`: also one that a redo aborted while its process stood still,
     * and which went through all the same. Where something is to be made anew, whoever finished
     * it keeps the lease.
     *
     * @returns the stage it was in; `null` when another process finished it first.
     */
    execute(
      subject: SubjectId,
      id: ErasureId,
      { epoch, index }: { readonly epoch: number; readonly index: number },
    ): "pending" | "aborted" | null {
      const was = selectStage.get(subject, id) as { stage: ErasureStage } | undefined;
      if (setExecuted.run(index, epoch, subject, id).changes === 0) return null;
      return was!.stage as "pending" | "aborted";
    },
    abort: (subject: SubjectId, id: ErasureId): boolean =>
      setAborted.run(subject, id).changes === 1,
    finalise: (subject: SubjectId, id: ErasureId, index: number): boolean =>
      setFinal.run(index, subject, id).changes === 1,
    isErased: (subject: SubjectId): boolean => selectErased.get(subject) !== undefined,
    executed: (epochMax: number, limit: number): ExecutedErasure[] =>
      selectExecuted.all(epochMax, limit).map(plain),
    get(subject: SubjectId, id: ErasureId): ExecutedErasure | null {
      const row = selectOne.get(subject, id);
      return row ? plain(row) : null;
    },
  };
}

/** The driver's rows have no prototype; ours are plain objects. */
function plain(row: unknown): ExecutedErasure {
  return { ...(row as ExecutedErasure) };
}
