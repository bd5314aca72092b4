import type { DatabaseSync } from "node:sqlite";

import type { EpochMs, SubjectId } from "#kernel";
import {
  keyName,
  type NewNodeKey,
  type NodeKeyRef,
  type NodeKeyRow,
  type NodeKeysInserted,
} from "#keys";

import { FENCED } from "./key-fence-statements.ts";
import type { KeySubjectStatements } from "./key-subject-statements.ts";

const COLUMNS = "node_id AS node, revision, sk_version AS subjectKeyVersion, wrapped";
const ONE = "subject_id = ? AND node_id = ? AND revision = ?";

/** Node keys. Call from inside a transaction. */
export function keyNodeStatements(sql: DatabaseSync, subjects: KeySubjectStatements) {
  const selectFence = sql.prepare("SELECT 1 FROM key_fence WHERE subject_id = ? AND key_id = ?");
  const selectAnyFence = sql.prepare("SELECT 1 FROM key_fence WHERE subject_id = ? LIMIT 1");
  const selectAll = sql.prepare(`SELECT ${COLUMNS} FROM node_key WHERE subject_id = ?`);
  const selectOne = sql.prepare(`SELECT ${COLUMNS} FROM node_key WHERE ${ONE}`);
  const selectUnfenced = sql.prepare(
    `SELECT ${COLUMNS} FROM node_key WHERE subject_id = ?1 AND NOT ${FENCED}`,
  );
  const selectOneUnfenced = sql.prepare(`
    SELECT ${COLUMNS} FROM node_key
    WHERE subject_id = ?1 AND node_id = ?2 AND revision = ?3 AND NOT ${FENCED}`);
  const selectRefs = sql.prepare(`
    SELECT node_id AS node, revision FROM node_key WHERE subject_id = ?1 AND created_at < ?2
      AND EXISTS (SELECT 1 FROM subject_key WHERE subject_id = ?1)`);
  const insert = sql.prepare("INSERT INTO node_key VALUES (?, ?, ?, ?, ?, ?)");
  const remove = sql.prepare(`DELETE FROM node_key WHERE ${ONE}`);

  const fenced = (subject: SubjectId, key: string): boolean =>
    selectFence.get(subject, key) !== undefined;

  /** Why a key of this name may not be made, or `null`. */
  function refusal(subject: SubjectId, ref: NodeKeyRef, anyFence: boolean) {
    const { node, revision } = ref;
    if (anyFence && (fenced(subject, node) || fenced(subject, keyName(ref)))) return "fenced";
    return selectOne.get(subject, node, revision) === undefined ? null : "present";
  }

  return {
    insert(
      subject: SubjectId,
      version: number,
      at: EpochMs,
      keys: readonly NewNodeKey[],
    ): NodeKeysInserted {
      const anyFence = selectAnyFence.get(subject) !== undefined;
      if (anyFence && fenced(subject, "*")) return "fenced";
      const subjectKey = subjects.get(subject);
      if (subjectKey === null) return "subject-unknown";
      for (const key of keys) {
        const refused = refusal(subject, key, anyFence);
        if (refused !== null) return refused;
      }
      if (subjectKey.version !== version) return "subject-key-changed";
      for (const { node, revision, wrapped } of keys) {
        insert.run(subject, node, revision, version, at, wrapped);
      }
      return "inserted";
    },

    /** All of a subject's, or those of `refs` that are there. Few subjects have a fence. */
    get(subject: SubjectId, refs?: readonly NodeKeyRef[]): NodeKeyRow[] {
      const anyFence = selectAnyFence.get(subject) !== undefined;
      const [all, one] = anyFence ? [selectUnfenced, selectOneUnfenced] : [selectAll, selectOne];
      if (refs === undefined) return all.all(subject) as unknown as NodeKeyRow[];
      const rows = refs.map(({ node, revision }) => one.get(subject, node, revision));
      return rows.filter((row) => row !== undefined) as unknown as NodeKeyRow[];
    },

    refs(subject: SubjectId, mintedBefore?: EpochMs): NodeKeyRef[] {
      const rows = selectRefs.all(subject, mintedBefore ?? Number.MAX_SAFE_INTEGER);
      return rows.map((row) => {
        const { node, revision } = row as unknown as NodeKeyRef;
        return { node, revision };
      });
    },

    drop(subject: SubjectId, refs: readonly NodeKeyRef[]): void {
      for (const { node, revision } of refs) remove.run(subject, node, revision);
    },
  };
}
