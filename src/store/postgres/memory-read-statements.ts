import type { EpochMs, NodeId, SessionId, SubjectId } from "#kernel";
import type { ErasableNode, NodeHead, NodeKind, NodeMeta, NodeRow } from "#memory";

import { EVERY_SUBJECT, type Database, type Row } from "./database.ts";
import { META, plainBytes, readMeta, readRow, ROW } from "./memory-row.ts";

/** Rows with the number they stand for: one statement, one snapshot. */
const withChange = (columns: string, where: string): string => `
  SELECT latest.change AS latest, ${columns}
  FROM subject_change AS latest
  LEFT JOIN node ON node.subject_id = $1 AND node.kind = ANY($2::text[]) ${where}
  WHERE latest.subject_id = $1`;

const LOAD = withChange(ROW, "AND node.change > $3");
const HEADS = withChange("node.node_id AS node, node.revision", "");
const ROWS = `SELECT ${ROW} FROM node WHERE subject_id = $1 AND node_id = ANY($2::text[])`;
const ERASABLE = `
  SELECT ${META}, node.replay_tag AS event, (
    SELECT json_agg(json_build_object('tag', encode(tag, 'hex'), 'until', until))
    FROM idempotency WHERE subject_id = $1 AND idempotency.node_id = node.node_id) AS calls
  FROM node WHERE subject_id = $1 AND node_id = ANY($2::text[])`;
const NEXT_POSITION = `
  SELECT coalesce(max(position) + 1, 0) AS next FROM node
  WHERE subject_id = $1 AND session_id = $2`;
const EXPIRED = `
  SELECT subject_id AS subject, node_id AS node FROM node
  WHERE expires_at <= $1 ORDER BY expires_at, subject_id, node_id LIMIT $2`;
const COUNTS = "SELECT kind, count(*) AS count FROM node WHERE subject_id = $1 GROUP BY kind";

interface Numbered extends Row {
  readonly latest: number;
  /** `null`: the subject has a number, and no such row. */
  readonly node: NodeId | null;
}

/** Reads of nodes that are not listings. */
export function memoryReads(database: Database) {
  async function numbered<T>(
    text: string,
    values: readonly [SubjectId, ...(number | readonly NodeKind[])[]],
    readOne: (row: Row) => T,
  ): Promise<{ readonly change: number; readonly rows: T[] }> {
    const found = await database.read<Numbered>(values[0], { text, values });
    const rows = found[0]?.node === null ? [] : found.map(readOne);
    return { change: found[0]?.latest ?? 0, rows };
  }

  return {
    load: (
      subject: SubjectId,
      kinds: readonly NodeKind[],
      after: number,
    ): Promise<{ readonly change: number; readonly rows: NodeRow[] }> =>
      numbered(LOAD, [subject, kinds, after], (row) => readRow(subject, row)),

    async heads(subject: SubjectId, kinds: readonly NodeKind[]) {
      const { change, rows: heads } = await numbered(HEADS, [subject, kinds], readHead);
      return { change, heads };
    },

    async rows(subject: SubjectId, nodes: readonly NodeId[]): Promise<NodeRow[]> {
      const found = await database.read(subject, { text: ROWS, values: [subject, nodes] });
      return found.map((row) => readRow(subject, row));
    },

    async erasable(subject: SubjectId, nodes: readonly NodeId[]): Promise<ErasableNode[]> {
      const found = await database.read(subject, { text: ERASABLE, values: [subject, nodes] });
      return found.map((row) => ({ ...readMeta(subject, row), tags: tagsOf(row) }));
    },

    async nextPosition(subject: SubjectId, session: SessionId): Promise<number> {
      const values = [subject, session];
      const [row] = await database.read<{ next: number }>(subject, { text: NEXT_POSITION, values });
      return row!.next;
    },

    expired: (now: EpochMs, limit: number): Promise<Pick<NodeMeta, "subject" | "node">[]> =>
      database.read(EVERY_SUBJECT, { text: EXPIRED, values: [now, limit] }),

    async count(subject: SubjectId): Promise<Record<NodeKind, number>> {
      const counts = { memory: 0, derived: 0, block: 0, edge: 0 };
      const rows = await database.read<{ kind: NodeKind; count: number }>(subject, {
        text: COUNTS,
        values: [subject],
      });
      for (const { kind, count } of rows) counts[kind] = count;
      return counts;
    },
  };
}

const readHead = (row: Row): NodeHead =>
  ({ node: row["node"], revision: row["revision"] }) as NodeHead;

function tagsOf(row: Row): ErasableNode["tags"] {
  const event = row["event"] as Buffer | null;
  const calls = (row["calls"] ?? []) as readonly { tag: string; until: EpochMs }[];
  return [
    ...(event ? [{ tag: plainBytes(event), until: null }] : []),
    ...calls.map(({ tag, until }) => ({ tag: plainBytes(Buffer.from(tag, "hex")), until })),
  ];
}
