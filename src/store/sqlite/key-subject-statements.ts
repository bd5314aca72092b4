import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";
import {
  keyName,
  type NodeKeyRow,
  type Page,
  type Rewrapped,
  type SubjectKeyReplaced,
  type SubjectKeyReplacement,
  type SubjectKeyRow,
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
  const selectNodes = sql.prepare(`
    SELECT node_id AS node, revision, sk_version AS subjectKeyVersion, wrapped FROM node_key
    WHERE subject_id = ?`);
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
      const { subject, version, from, to, wrapped } = order;
      removeErased.run(subject);
      const current = get(subject);
      if (current?.version !== version || current.epoch !== from) return "subject-key-changed";
      removeFenced.run(subject);
      const nodes = wrappedAnew(order, selectNodes.all(subject) as unknown as NodeKeyRow[]);
      if (nodes === null) return "node-keys-added";
      replace.run(to, wrapped, subject, from, version);
      for (const { old, wrapped: key } of nodes) {
        rewrapNode.run(key, version + 1, subject, old.node, old.revision, version);
      }
      return "replaced";
    },
  };
}

/**
 * Every key that is there, wrapped anew; `null` where nothing says how.
 *
 * One that was shredded since the caller read it is not there, and stays away; one that was minted
 * since, or dropped and minted again, is not as it was read, and must not be lost.
 */
function wrappedAnew(
  { nodes, wrapLate }: SubjectKeyReplacement,
  rows: readonly NodeKeyRow[],
): SubjectKeyReplacement["nodes"] | null {
  const read = new Map(nodes.map((one) => [keyName(one.old), one]));
  const all: SubjectKeyReplacement["nodes"][number][] = [];
  for (const old of rows) {
    const one = read.get(keyName(old));
    if (one && Buffer.compare(one.old.wrapped, old.wrapped) === 0) all.push(one);
    else if (wrapLate) all.push({ old, wrapped: wrapLate(old) });
    else return null;
  }
  return all;
}

export type KeySubjectStatements = ReturnType<typeof keySubjectStatements>;

function asRow(row: unknown): SubjectKeyRow {
  const { subject, tenant, version, epoch, wrapped, dirty } = row as SubjectKeyRow;
  return { subject, tenant, version, epoch, wrapped, dirty: Boolean(dirty) };
}
