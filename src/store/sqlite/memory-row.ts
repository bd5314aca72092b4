import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";

import type { NodeHead, NodeMeta, NodeRow } from "#memory";

/** The readable columns of a node, in the order that {@link decodeMeta} reads them. */
export const META_COLUMNS = [
  "node_id",
  "revision",
  "kind",
  "category",
  "categories",
  "purposes",
  "special",
  "phi",
  "created_at",
  "updated_at",
  "expires_at",
  "session_id",
  "position",
  "deriver",
] as const;

/** {@link META_COLUMNS} of a table in a query. */
export const metaColumns = (alias: string): string =>
  META_COLUMNS.map((column) => `${alias}.${column}`).join(", ");

export type Columns = readonly SQLOutputValue[];

/** The values of a node's row from `revision` on, in the order of the table's columns. */
export function encodeRow(row: NodeRow, change: number): SQLInputValue[] {
  return [
    row.revision,
    row.kind,
    row.category,
    JSON.stringify(row.categories),
    JSON.stringify(row.purposes),
    row.special ? 1 : 0,
    row.phi ? 1 : 0,
    row.createdAt,
    row.updatedAt,
    row.expiresAt,
    row.session,
    row.position,
    row.deriver,
    change,
    row.replayTag,
  ];
}

export function decodeMeta(subject: NodeMeta["subject"], columns: Columns): NodeMeta {
  return {
    subject,
    node: columns[0] as NodeMeta["node"],
    revision: columns[1] as number,
    kind: columns[2] as NodeMeta["kind"],
    category: columns[3] as NodeMeta["category"],
    categories: words(columns[4] as string),
    purposes: words(columns[5] as string),
    special: columns[6] === 1,
    phi: columns[7] === 1,
    createdAt: columns[8] as NodeMeta["createdAt"],
    updatedAt: columns[9] as NodeMeta["updatedAt"],
    expiresAt: columns[10] as NodeMeta["expiresAt"],
    session: columns[11] as NodeMeta["session"],
    position: columns[12] as number,
    deriver: columns[13] as NodeMeta["deriver"],
  };
}

/** Decodes {@link META_COLUMNS}, then body, vector and replay tag. */
export function decodeRow(subject: NodeMeta["subject"], columns: Columns): NodeRow {
  const row = decodeMeta(subject, columns) as {
    -readonly [Field in keyof NodeRow]: NodeRow[Field];
  };
  row.body = columns[14] as Uint8Array;
  row.embedding = columns[15] as Uint8Array | null;
  row.replayTag = columns[16] as Uint8Array | null;
  return row;
}

export const decodeHead = (columns: Columns): NodeHead => ({
  node: columns[0] as NodeHead["node"],
  revision: columns[1] as number,
});

type Values = readonly SQLInputValue[] | readonly [Record<string, SQLInputValue>];

/** A query whose rows come as arrays: half the cost of objects, where rows are many. */
export function arrays(sql: DatabaseSync, query: string): (...values: Values) => Columns[] {
  const statement = sql.prepare(query);
  statement.setReturnArrays(true);
  return (...values) => statement.all(...(values as SQLInputValue[])) as unknown as Columns[];
}

/** A configuration has a few lists of words, and a subject's rows repeat them. */
const WORDS_KEPT_MAX = 1000;
const kept = new Map<string, NodeMeta["categories"]>();

function words(json: string): NodeMeta["categories"] {
  const known = kept.get(json);
  if (known) return known;
  const parsed = Object.freeze(JSON.parse(json) as NodeMeta["categories"]);
  if (kept.size >= WORDS_KEPT_MAX) kept.clear();
  kept.set(json, parsed);
  return parsed;
}
