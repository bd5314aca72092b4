import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";
import type {
  Page,
  Rewrapped,
  SubjectKeyReplaced,
  SubjectKeyReplacement,
  SubjectKeyRow,
} from "#keys";

import { ERASED, FENCED } from "./key-fence-statements.ts";

const COLUMNS = "subject_id AS subject, tenant, version, epoch, wrapped, dirty";

type Move = Rewrapped & { readonly subject: SubjectId; readonly version: number };

/** Subject keys, and their move to the next epoch. Call from inside a transaction. */
export function keySubjectStatements(sql: DatabaseSync) {
  const select = sql.prepare(
    `SELECT ${COLUMNS} FROM subject_key WHERE subject_id = ?1 AND NOT ${ERASED}`,
  );
  const selectTenant = sql.prepare(`
    SELECT subject_id AS subject FROM subject_key WHERE tenant = ? AND subject_id > ?
    ORDER BY subject_id LIMIT ?`);
  const selectAll = sql.prepare(`
    SELECT subject_id AS subject FROM subject_key WHERE subject_id > ?
    ORDER BY subject_id LIMIT ?`);
  const selectUnder = sql.prepare(`
    SELECT ${COLUMNS} FROM subject_key WHERE epoch = ? AND subject_id > ?
    ORDER BY subject_id LIMIT ?`);
  const rewrap = sql.prepare(`
    UPDATE subject_key SET epoch = ?, wrapped = ?
    WHERE subject_id = ? AND epoch = ? AND version = ? AND dirty = 0`);
  const replace = sql.prepare(`
    UPDATE subject_key SET version = version + 1, epoch = ?, wrapped = ?, dirty = 0
    WHERE subject_id = ? AND epoch = ? AND version = ?`);
  const removeErased = sql.prepare(`DELETE FROM subject_key WHERE subject_id = ?1 AND ${ERASED}`);
  const removeFenced = sql.prepare(`DELETE FROM node_key WHERE subject_id = ?1 AND ${FENCED}`);
  const countNodes = sql.prepare("SELECT count(*) AS count FROM node_key WHERE subject_id = ?");
  const isUnchanged = sql.prepare(
    "SELECT 1 FROM node_key WHERE subject_id = ? AND node_id = ? AND revision = ? AND wrapped = ?",
  );
  const rewrapNode = sql.prepare(`
    UPDATE node_key SET wrapped = ?, sk_version = ?
    WHERE subject_id = ? AND node_id = ? AND revision = ? AND sk_version = ?`);

  function get(subject: SubjectId): SubjectKeyRow | null {
    const row = select.get(subject);
    return row === undefined ? null : asRow(row);
  }

  return {
    get,
    page: (tenant: string | null, { after, limit }: Page<SubjectId>): SubjectId[] =>
      (tenant === null
        ? selectAll.all(after ?? "", limit)
        : selectTenant.all(tenant, after ?? "", limit)
      ).map((row) => row["subject"] as SubjectId),
    under: (epoch: number, { after, limit }: Page<SubjectId>): SubjectKeyRow[] =>
      selectUnder.all(epoch, after ?? "", limit).map(asRow),

    rewrap(moves: readonly Move[]): number {
      let moved = 0;
      for (const { subject, version, from, to, wrapped } of moves) {
        removeErased.run(subject);
        moved += Number(rewrap.run(to, wrapped, subject, from, version).changes);
      }
      return moved;
    },

    replace(order: SubjectKeyReplacement): SubjectKeyReplaced {
      const { subject, version, from, to, wrapped, nodes } = order;
      removeErased.run(subject);
      const current = get(subject);
      if (current?.version !== version || current.epoch !== from) return "subject-key-changed";
      removeFenced.run(subject);
      // A key that was shredded since the caller read it is not there, and stays away; one that
      // was minted since, or dropped and minted again, is not in the list, and must not be lost.
      const still = nodes.filter(
        ({ old }) => isUnchanged.get(subject, old.node, old.revision, old.wrapped) !== undefined,
      );
      const { count } = countNodes.get(subject) as { count: number };
      if (still.length !== count) return "node-keys-added";
      replace.run(to, wrapped, subject, from, version);
      for (const { old, wrapped: key } of still) {
        rewrapNode.run(key, version + 1, subject, old.node, old.revision, version);
      }
      return "replaced";
    },
  };
}

export type KeySubjectStatements = ReturnType<typeof keySubjectStatements>;

function asRow(row: unknown): SubjectKeyRow {
  const { subject, tenant, version, epoch, wrapped, dirty } = row as SubjectKeyRow;
  return { subject, tenant, version, epoch, wrapped, dirty: Boolean(dirty) };
}
