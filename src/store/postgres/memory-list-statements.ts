import type { SubjectId } from "#kernel";
import type { ListCursor, NodeFilter, NodeMeta } from "#memory";

import type { Call, Database } from "./database.ts";
import { META, readMeta } from "./memory-row.ts";

const LIST = `
  SELECT ${META} FROM node
  WHERE subject_id = $1 AND created_at BETWEEN $2 AND $3
    AND (created_at < $4 OR node_id > $5) AND kind = ANY($6::text[])
    AND ($7::text IS NULL OR $7 = ANY(categories)) AND ($8::text IS NULL OR $8 = ANY(purposes))`;
const NEWEST_FIRST = "ORDER BY created_at DESC, node_id LIMIT $9";

const OF_SUBJECT = `${LIST} ${NEWEST_FIRST}`;
const OF_SESSION = `${LIST} AND session_id = $10 ${NEWEST_FIRST}`;

/** Listings, newest first. */
export function memoryListing(database: Database) {
  return {
    async list(
      subject: SubjectId,
      { kinds, category, purpose, session, since, until }: NodeFilter,
      { after, limit }: { readonly after: ListCursor | null; readonly limit: number },
    ): Promise<NodeMeta[]> {
      const before = until === undefined ? Number.MAX_SAFE_INTEGER : until - 1;
      const values: Call["values"] = [
        subject,
        since ?? Number.MIN_SAFE_INTEGER,
        Math.min(before, after?.createdAt ?? before),
        after?.createdAt ?? Number.MAX_SAFE_INTEGER,
        after?.node ?? "",
        kinds,
        category ?? null,
        purpose ?? null,
        limit,
      ];
      const call =
        session === undefined
          ? { text: OF_SUBJECT, values }
          : { text: OF_SESSION, values: [...values, session] };
      const rows = await database.read(subject, call);
      return rows.map((row) => readMeta(subject, row));
    },
  };
}
