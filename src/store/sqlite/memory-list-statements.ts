import type { DatabaseSync } from "node:sqlite";

import type { SubjectId, Word } from "#kernel";
import type { ListCursor, NodeFilter, NodeMeta } from "#memory";

import { arrays, decodeMeta, metaColumns } from "./memory-row.ts";

/** A set of words is JSON text; a word in quotes is in it or not. @see quoted */
const WANTED = `
  created_at BETWEEN :since AND :last
  AND (created_at < :last_at OR node_id > :last_node)
  AND kind IN (SELECT value FROM json_each(:kinds))
  AND instr(categories, :category) > 0 AND instr(purposes, :purpose) > 0`;

/** Listings, newest first. Call from inside a transaction. */
export function memoryListStatements(sql: DatabaseSync) {
  // The page is found in the index alone; only its own rows are then read.
  const ofSubject = arrays(
    sql,
    pageOf(`
    SELECT subject_id, node_id FROM node INDEXED BY node_list
    WHERE subject_id = :subject AND ${WANTED}`),
  );
  const ofSession = arrays(
    sql,
    pageOf(`
    SELECT subject_id, node_id FROM node INDEXED BY node_session
    WHERE subject_id = :subject AND session_id = :session AND ${WANTED}`),
  );

  return {
    list(
      subject: SubjectId,
      filter: NodeFilter,
      { after, limit }: { readonly after: ListCursor | null; readonly limit: number },
    ): NodeMeta[] {
      const { kinds, category, purpose, session, since, until } = filter;
      const before = until === undefined ? Number.MAX_SAFE_INTEGER : until - 1;
      const values = {
        subject,
        kinds: JSON.stringify(kinds),
        category: quoted(category),
        purpose: quoted(purpose),
        since: since ?? Number.MIN_SAFE_INTEGER,
        last: Math.min(before, after?.createdAt ?? before),
        last_at: after?.createdAt ?? Number.MAX_SAFE_INTEGER,
        last_node: after?.node ?? "",
        limit,
      };
      const rows = session === undefined ? ofSubject(values) : ofSession({ ...values, session });
      return rows.map((columns) => decodeMeta(subject, columns));
    },
  };
}

const pageOf = (found: string): string => `
  SELECT ${metaColumns("node")}
  FROM (${found} ORDER BY created_at DESC, node_id LIMIT :limit) AS page
  CROSS JOIN node ON node.subject_id = page.subject_id AND node.node_id = page.node_id
  ORDER BY node.created_at DESC, node.node_id`;

/** A word as it stands in a JSON list; for none, what stands in every list. */
const quoted = (word: Word | undefined): string => (word === undefined ? "[" : `"${word}"`);
