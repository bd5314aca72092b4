import type { DatabaseSync } from "node:sqlite";

import type { EpochMs, NodeId, SubjectId } from "#kernel";
import type { ErasableNode, MemoryStore } from "#memory";

import { arrays, decodeMeta, META_COLUMNS, metaColumns } from "./memory-row.ts";

type TagPage = Parameters<MemoryStore["replayTags"]>[1];

const NO_TAG = new Uint8Array();

/** What who plans an erasure has to know. Call from inside a transaction. */
export function memoryPlanStatements(sql: DatabaseSync) {
  const selectErasable = arrays(
    sql,
    `
    SELECT ${metaColumns("node")}, node.replay_tag FROM json_each(?) AS wanted
    CROSS JOIN node ON node.subject_id = ? AND node.node_id = wanted.value`,
  );
  const selectCalls = sql.prepare(`
    SELECT call.node_id AS node, call.tag, call.until FROM json_each(?) AS wanted
    CROSS JOIN idempotency AS call INDEXED BY idempotency_node
    ON call.subject_id = ? AND call.node_id = wanted.value`);
  const selectTags = sql.prepare(`
    SELECT DISTINCT replay_tag AS tag FROM node INDEXED BY node_replay
    WHERE subject_id = ? AND replay_tag > ?
      AND node_id NOT IN (SELECT value FROM json_each(?))
    ORDER BY replay_tag LIMIT ?`);

  return {
    erasable(subject: SubjectId, nodes: readonly NodeId[]): ErasableNode[] {
      const wanted = JSON.stringify(nodes);
      const calls = Map.groupBy(selectCalls.all(wanted, subject) as Call[], ({ node }) => node);
      return selectErasable(wanted, subject).map((columns) => {
        const meta = decodeMeta(subject, columns);
        const event = columns[META_COLUMNS.length] as Uint8Array | null;
        const told = (calls.get(meta.node) ?? []).map(({ tag, until }) => ({ tag, until }));
        return { ...meta, tags: event ? [{ tag: event, until: null }, ...told] : told };
      });
    },

    replayTags(subject: SubjectId, { except, after, limit }: TagPage): Uint8Array[] {
      const rows = selectTags.all(subject, after ?? NO_TAG, JSON.stringify(except), limit);
      return (rows as { tag: Uint8Array }[]).map(({ tag }) => tag);
    },
  };
}

/** A call that is answered with a node, when it is repeated before `until`. */
interface Call extends Record<string, unknown> {
  readonly node: NodeId;
  readonly tag: Uint8Array;
  readonly until: EpochMs;
}
