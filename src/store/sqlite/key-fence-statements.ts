import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";
import type { FencedKey, FenceRow, Shred } from "#keys";

/** Whether a fence is over the key: of its node, its revision, or the subject unless it is held. */
export const FENCED = `(
  EXISTS (SELECT 1 FROM key_fence
    WHERE subject_id = ?1 AND key_id IN (node_id, node_id || '#' || revision))
  OR EXISTS (SELECT 1 FROM key_fence WHERE subject_id = ?1 AND key_id = '*')
    AND node_id NOT IN (SELECT value FROM key_fence, json_each(held)
      WHERE subject_id = ?1 AND key_id = '*'))`;

/** Whether a fence that holds nothing is over the subject: a key of its own was put back. */
export const ERASED = `EXISTS (
  SELECT 1 FROM key_fence WHERE subject_id = ?1 AND key_id = '*' AND held = '[]')`;

interface NewFence {
  readonly key: FencedKey;
  /** Nodes that the fence `*` leaves readable, as JSON; it can only lose some. */
  readonly held: string | null;
  readonly epoch: number;
  readonly removed: () => number;
}

/** Fences. Call from inside a transaction. */
export function keyFenceStatements(sql: DatabaseSync) {
  const insert = sql.prepare(
    "INSERT INTO key_fence VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const raise = sql.prepare(`
    UPDATE key_fence SET epoch = max(epoch, ?) WHERE subject_id = ? AND key_id = ?`);
  const holdLess = sql.prepare(`
    UPDATE key_fence SET held = (
      SELECT json_group_array(value) FROM json_each(held)
      WHERE value IN (SELECT value FROM json_each(?)))
    WHERE subject_id = ? AND key_id = '*'`);
  const selectEpoch = sql.prepare(
    "SELECT epoch FROM key_fence WHERE subject_id = ? AND key_id = ?",
  );
  const selectAll = sql.prepare(`
    SELECT key_id AS key, erased_at AS erasedAt, ledger_index AS ledgerIndex, epoch
    FROM key_fence WHERE subject_id = ? ORDER BY key_id`);

  return {
    /** Writes or keeps the fence; says whether this shred did anything that was not done before. */
    fence({ subject, at, ledgerIndex }: Shred, { key, held, epoch, removed }: NewFence): boolean {
      const added = insert.run(subject, key, at, ledgerIndex, epoch, held).changes === 1;
      if (!added && held !== null) holdLess.run(held, subject);
      const removedNow = removed() > 0;
      if (removedNow && !added) raise.run(epoch, subject, key);
      return added || removedNow;
    },
    epoch: (subject: SubjectId, key: FencedKey): number =>
      (selectEpoch.get(subject, key) as { epoch: number }).epoch,
    all: (subject: SubjectId): FenceRow[] => selectAll.all(subject) as unknown as FenceRow[],
  };
}
