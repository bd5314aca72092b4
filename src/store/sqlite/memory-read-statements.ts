import type { DatabaseSync } from "node:sqlite";

import type { EpochMs, NodeId, SessionId, SubjectId } from "#kernel";
import type { NodeHead, NodeKind, NodeMeta, NodeRow } from "#memory";

import { arrays, decodeHead, decodeRow, metaColumns } from "./memory-row.ts";

const ROW = `${metaColumns("node")}, body.sealed, embedding.sealed, node.replay_tag`;
const WITH_SEALED = `
  CROSS JOIN body ON body.subject_id = node.subject_id AND body.node_id = node.node_id
  LEFT JOIN embedding
  ON embedding.subject_id = node.subject_id AND embedding.node_id = node.node_id`;
const OF_KINDS = "node.kind IN (SELECT value FROM json_each(?))";

/** Reads of nodes that are not listings. Call from inside a transaction. */
export function memoryReadStatements(sql: DatabaseSync) {
  const loadAll = arrays(
    sql,
    `
    SELECT ${ROW} FROM node NOT INDEXED ${WITH_SEALED}
    WHERE node.subject_id = ? AND ${OF_KINDS}`,
  );
  const loadAfter = arrays(
    sql,
    `
    SELECT ${ROW} FROM node INDEXED BY node_change ${WITH_SEALED}
    WHERE node.subject_id = ? AND node.change > ? AND ${OF_KINDS}`,
  );
  const selectHeads = arrays(
    sql,
    `
    SELECT node_id, revision FROM node INDEXED BY node_change
    WHERE subject_id = ? AND ${OF_KINDS}`,
  );
  const selectRows = arrays(
    sql,
    `
    SELECT ${ROW} FROM json_each(?) AS wanted
    CROSS JOIN node ON node.subject_id = ? AND node.node_id = wanted.value ${WITH_SEALED}`,
  );
  const selectPosition = sql.prepare(`
    SELECT coalesce(max(position) + 1, 0) AS next FROM node INDEXED BY node_session
    WHERE subject_id = ? AND session_id = ?`);
  const selectExpired = sql.prepare(`
    SELECT subject_id AS subject, node_id AS node FROM node INDEXED BY node_expiry
    WHERE expires_at <= ? ORDER BY expires_at, subject_id, node_id LIMIT ?`);
  const selectCounts = sql.prepare(`
    SELECT kind, count(*) AS count FROM node INDEXED BY node_change
    WHERE subject_id = ? GROUP BY kind`);

  return {
    load(subject: SubjectId, kinds: readonly NodeKind[], after: number): NodeRow[] {
      const wanted = JSON.stringify(kinds);
      const rows = after > 0 ? loadAfter(subject, after, wanted) : loadAll(subject, wanted);
      return rows.map((columns) => decodeRow(subject, columns));
    },
    heads(subject: SubjectId, kinds: readonly NodeKind[]): NodeHead[] {
      return selectHeads(subject, JSON.stringify(kinds)).map(decodeHead);
    },
    rows(subject: SubjectId, nodes: readonly NodeId[]): NodeRow[] {
      const rows = selectRows(JSON.stringify(nodes), subject);
      return rows.map((columns) => decodeRow(subject, columns));
    },
    nextPosition: (subject: SubjectId, session: SessionId): number =>
      (selectPosition.get(subject, session) as { next: number }).next,
    expired: (now: EpochMs, limit: number) =>
      selectExpired.all(now, limit).map((row) => {
        const { subject, node } = row as unknown as Pick<NodeMeta, "subject" | "node">;
        return { subject, node };
      }),
    count(subject: SubjectId): Record<NodeKind, number> {
      const counts = { memory: 0, derived: 0, block: 0, edge: 0 };
      const rows = selectCounts.all(subject) as { kind: NodeKind; count: number }[];
      for (const { kind, count } of rows) counts[kind] = count;
      return counts;
    },
  };
}
