import type { DatabaseSync } from "node:sqlite";

import type { NodeId, SubjectId } from "#kernel";
import { fencedKey, type FenceRow, type Shred, type ShredRef } from "#keys";

import type { KeyEpochStatements } from "./key-epoch-statements.ts";
import { keyFenceStatements } from "./key-fence-statements.ts";

/** Fences and shreds. Call from inside a transaction. */
export function keyShredStatements(sql: DatabaseSync, epochs: KeyEpochStatements) {
  const fences = keyFenceStatements(sql);
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
        const key = fencedKey(ref);
        if (fences.fence(shred, { key, held: null, epoch, removed: remove })) changed = true;
      }
      if (changed) markDirty.run(subject);
      return Math.max(0, ...refs.map((ref) => fences.epoch(subject, fencedKey(ref))));
    },

    subject(shred: Shred, nodes: readonly NodeId[]): number {
      const { subject } = shred;
      const held = JSON.stringify(nodes);
      const remove = (): number =>
        nodes.length === 0
          ? Number(deleteSubject.run(subject).changes)
          : Number(deleteAllBut.run(subject, held).changes);
      const epoch = epochOf(subject);
      if (fences.fence(shred, { key: "*", held, epoch, removed: remove })) markDirty.run(subject);
      return fences.epoch(subject, "*");
    },

    purge: (subject: SubjectId, limit: number): number => Number(purge.run(subject, limit).changes),
    fences: (subject: SubjectId): FenceRow[] => fences.all(subject),
  };
}
