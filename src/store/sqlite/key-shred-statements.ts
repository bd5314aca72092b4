import type { DatabaseSync } from "node:sqlite";

import type { NodeId, SubjectId } from "#kernel";
import { fencedKey, type FencedKey, type FenceRow, type Shred, type ShredRef } from "#keys";

import type { KeyEpochStatements } from "./key-epoch-statements.ts";

/** Fences and shreds. Call from inside a transaction. */
export function keyShredStatements(sql: DatabaseSync, epochs: KeyEpochStatements) {
  const insertFence = sql.prepare(
    "INSERT INTO key_fence VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const raiseFence = sql.prepare(`
    UPDATE key_fence SET epoch = max(epoch, ?) WHERE subject_id = ? AND key_id = ?`);
  const selectFence = sql.prepare(
    "SELECT epoch FROM key_fence WHERE subject_id = ? AND key_id = ?",
  );
  const selectFences = sql.prepare(`
    SELECT key_id AS key, erased_at AS erasedAt, ledger_index AS ledgerIndex, epoch
    FROM key_fence WHERE subject_id = ? ORDER BY key_id`);
  const deleteNode = sql.prepare("DELETE FROM node_key WHERE subject_id = ? AND node_id = ?");
  const deleteRevision = sql.prepare(
    "DELETE FROM node_key WHERE subject_id = ? AND node_id = ? AND revision = ?",
  );
  const deleteAllBut = sql.prepare(`
    DELETE FROM node_key
    WHERE subject_id = ? AND node_id NOT IN (SELECT value FROM json_each(?))`);
  const selectEpoch = sql.prepare("SELECT epoch FROM subject_key WHERE subject_id = ?");
  const markDirty = sql.prepare("UPDATE subject_key SET dirty = 1 WHERE subject_id = ?");
  const deleteSubject = sql.prepare("DELETE FROM subject_key WHERE subject_id = ?");
  const purge = sql.prepare(`
    DELETE FROM node_key WHERE subject_id = ?1
      AND NOT EXISTS (SELECT 1 FROM subject_key WHERE subject_id = ?1)
      AND (node_id, revision) IN
        (SELECT node_id, revision FROM node_key WHERE subject_id = ?1 LIMIT ?2)`);

  /**
   * The epoch whose end makes a shred of now final. A subject without a key here may have one in
   * an older copy, so the active epoch is the safe answer.
   */
  function epochOf(subject: SubjectId): number {
    const row = selectEpoch.get(subject) as { epoch: number } | undefined;
    return row?.epoch ?? epochs.active() ?? 0;
  }

  /** Writes or keeps the fence; says whether this shred did anything that was not done before. */
  function fence(shred: Shred, key: FencedKey, epoch: number, removed: () => number): boolean {
    const { subject, at, ledgerIndex } = shred;
    const added = insertFence.run(subject, key, at, ledgerIndex, epoch).changes === 1;
    const removedNow = removed() > 0;
    if (removedNow && !added) raiseFence.run(epoch, subject, key);
    return added || removedNow;
  }

  const fenceEpoch = (subject: SubjectId, key: FencedKey): number =>
    (selectFence.get(subject, key) as { epoch: number }).epoch;

  return {
    nodes(shred: Shred, refs: readonly ShredRef[]): number {
      const { subject } = shred;
      const epoch = epochOf(subject);
      let changed = false;
      for (const ref of refs) {
        const { node, revision } = ref;
        const remove = (): number =>
          revision === undefined
            ? Number(deleteNode.run(subject, node).changes)
            : Number(deleteRevision.run(subject, node, revision).changes);
        if (fence(shred, fencedKey(ref), epoch, remove)) changed = true;
      }
      if (changed) markDirty.run(subject);
      return Math.max(0, ...refs.map((ref) => fenceEpoch(subject, fencedKey(ref))));
    },

    subject(shred: Shred, held: readonly NodeId[]): number {
      const { subject } = shred;
      const remove = (): number =>
        held.length === 0
          ? Number(deleteSubject.run(subject).changes)
          : Number(deleteAllBut.run(subject, JSON.stringify(held)).changes);
      if (fence(shred, "*", epochOf(subject), remove)) markDirty.run(subject);
      return fenceEpoch(subject, "*");
    },

    purge: (subject: SubjectId, limit: number): number => Number(purge.run(subject, limit).changes),
    fences: (subject: SubjectId): FenceRow[] => selectFences.all(subject) as unknown as FenceRow[],
  };
}
