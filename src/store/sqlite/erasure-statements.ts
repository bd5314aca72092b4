import type { DatabaseSync } from "node:sqlite";

import type { ErasureRow, ErasureStage, ExecutedErasure, Lease, QueuedErasure } from "#audit";
import type { ErasureId, SubjectId } from "#kernel";

interface StoredErasure {
  nodes: string | null;
  held: string;
  remake: string;
}

/** Erasures from their intent to their end, and those that wait. Call from inside a transaction. */
export function erasureStatements(sql: DatabaseSync) {
  const job = `subject_id AS subject, erasure_id AS id, kind, reason, nodes, held, remake, tenant,
    intent_idx AS intentIndex, started_at AS startedAt`;
  const done = `subject_id AS subject, erasure_id AS id, stage, kind, tenant,
    executed_idx AS executedIndex, final_idx AS finalIndex, epoch`;
  const insert = sql.prepare(`
    INSERT INTO erasure (subject_id, erasure_id, tenant, stage, kind, reason, nodes, held, remake,
      started_at, intent_idx, lease_holder, lease_until)
    VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const setExecuted = sql.prepare(`
    UPDATE erasure SET stage = 'executed', executed_idx = ?, epoch = ?, nodes = NULL, remake = '[]',
      lease_holder = NULL, lease_until = NULL
    WHERE subject_id = ? AND erasure_id = ? AND stage IN ('pending', 'aborted')`);
  const selectStage = sql.prepare(
    "SELECT stage FROM erasure WHERE subject_id = ? AND erasure_id = ?",
  );
  const setAborted = sql.prepare(`
    UPDATE erasure SET stage = 'aborted', lease_holder = NULL, lease_until = NULL
    WHERE subject_id = ? AND erasure_id = ? AND stage = 'pending'`);
  const setFinal = sql.prepare(`
    UPDATE erasure SET stage = 'final', final_idx = ?
    WHERE subject_id = ? AND erasure_id = ? AND stage = 'executed'`);
  const selectPending = sql.prepare(`
    SELECT ${job} FROM erasure WHERE subject_id = ? AND stage = 'pending' ORDER BY intent_idx`);
  const claim = sql.prepare(`
    UPDATE erasure SET lease_holder = ?, lease_until = ?
    WHERE (subject_id, erasure_id) IN (
      SELECT subject_id, erasure_id FROM erasure
      WHERE stage = 'pending' AND (lease_until IS NULL OR lease_until < ?) LIMIT ?)
    RETURNING ${job}`);
  const renew = sql.prepare(`
    UPDATE erasure SET lease_until = ?
    WHERE subject_id = ? AND erasure_id = ? AND stage = 'pending' AND lease_holder = ?`);
  const selectExecuted = sql.prepare(`
    SELECT ${done} FROM erasure WHERE stage = 'executed' AND epoch <= ? LIMIT ?`);
  const selectOne = sql.prepare(`
    SELECT ${done} FROM erasure WHERE subject_id = ? AND erasure_id = ?`);
  const selectOldest = sql.prepare(
    "SELECT min(intent_idx) AS oldest FROM erasure WHERE stage = 'pending'",
  );
  const selectErased = sql.prepare(`
    SELECT 1 FROM erasure WHERE subject_id = ? AND kind = 'erase' AND stage <> 'aborted' LIMIT 1`);
  const enqueue = sql.prepare("INSERT OR IGNORE INTO erasure_queue VALUES (?, ?, ?, ?, ?, ?)");
  const dequeue = sql.prepare("DELETE FROM erasure_queue WHERE subject_id = ? AND erasure_id = ?");
  const queueFields = `subject_id AS subject, erasure_id AS id, tenant, reason, scope,
    queued_at AS queuedAt`;
  const selectQueue = sql.prepare(
    `SELECT ${queueFields} FROM erasure_queue ORDER BY queued_at LIMIT ?`,
  );
  const selectSubjectQueue = sql.prepare(
    `SELECT ${queueFields} FROM erasure_queue WHERE subject_id = ? ORDER BY queued_at LIMIT ?`,
  );

  const readJob = (row: unknown): ErasureRow => {
    const stored = row as ErasureRow & StoredErasure;
    return {
      ...stored,
      nodes: stored.nodes === null ? null : (JSON.parse(stored.nodes) as ErasureRow["nodes"]),
      held: JSON.parse(stored.held) as ErasureRow["held"],
      remake: JSON.parse(stored.remake) as ErasureRow["remake"],
    };
  };
  const readQueued = (row: unknown): QueuedErasure => {
    const stored = row as QueuedErasure & { scope: string };
    return { ...stored, scope: JSON.parse(stored.scope) as QueuedErasure["scope"] };
  };

  return {
    begin(row: Omit<ErasureRow, "intentIndex">, lease: Lease, intentIndex: number): void {
      insert.run(
        row.subject,
        row.id,
        row.tenant,
        row.kind,
        row.reason,
        row.nodes === null ? null : JSON.stringify(row.nodes),
        JSON.stringify(row.held),
        JSON.stringify(row.remake),
        row.startedAt,
        intentIndex,
        lease.holder,
        lease.until,
      );
    },
    /**
     * Moves an erasure to `executed`: also one that a redo aborted while its process stood still,
     * and which went through all the same.
     *
     * @returns the stage it was in; `null` when another process finished it first.
     */
    execute(
      subject: SubjectId,
      id: ErasureId,
      epoch: number,
      index: number,
    ): "pending" | "aborted" | null {
      const was = selectStage.get(subject, id) as { stage: ErasureStage } | undefined;
      if (setExecuted.run(index, epoch, subject, id).changes === 0) return null;
      return was!.stage as "pending" | "aborted";
    },
    abort: (subject: SubjectId, id: ErasureId): boolean =>
      setAborted.run(subject, id).changes === 1,
    finalise: (subject: SubjectId, id: ErasureId, index: number): boolean =>
      setFinal.run(index, subject, id).changes === 1,
    pending: (subject: SubjectId): ErasureRow[] => selectPending.all(subject).map(readJob),
    oldestPending: (): number | null => (selectOldest.get() as { oldest: number | null }).oldest,
    isErased: (subject: SubjectId): boolean => selectErased.get(subject) !== undefined,
    claim: ({ holder, now, until }: Lease, limit: number): ErasureRow[] =>
      claim.all(holder, until, now, limit).map(readJob),
    renew: (subject: SubjectId, id: ErasureId, { holder, until }: Lease): boolean =>
      renew.run(until, subject, id, holder).changes === 1,
    executed: (epochMax: number, limit: number): ExecutedErasure[] =>
      selectExecuted
        .all(epochMax, limit)
        .map((row) => ({ ...(row as unknown as ExecutedErasure) })),
    get(subject: SubjectId, id: ErasureId): ExecutedErasure | null {
      const row = selectOne.get(subject, id) as
        | (ExecutedErasure & { stage: ErasureStage })
        | undefined;
      return row ? { ...row } : null;
    },
    enqueue(row: QueuedErasure): void {
      const { subject, id, tenant, reason, queuedAt } = row;
      enqueue.run(subject, id, tenant, reason, JSON.stringify(row.scope), queuedAt);
    },
    dequeue: (subject: SubjectId, id: ErasureId): void => void dequeue.run(subject, id),
    queued: (limit: number, subject?: SubjectId): QueuedErasure[] =>
      (subject === undefined ? selectQueue.all(limit) : selectSubjectQueue.all(subject, limit)).map(
        readQueued,
      ),
  };
}
