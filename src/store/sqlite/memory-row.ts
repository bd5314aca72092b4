import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";

import { OubliError } from "#kernel";
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
    categories: words(columns[4] as string, { subject, columns }),
    purposes: words(columns[5] as string, { subject, columns }),
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

interface Place {
  readonly subject: NodeMeta["subject"];
  readonly columns: Columns;
}

function words(json: string, place: Place): NodeMeta["categories"] {
  const known = kept.get(json);
  if (known) return known;
  const parsed = Object.freeze(parsedWords(json, place));
  if (kept.size >= WORDS_KEPT_MAX) kept.clear();
  kept.set(json, parsed);
  return parsed;
}

/** @throws {OubliError} `STORE_DAMAGED`, with whose node it is; never with what stands there. */
function parsedWords(json: string, { subject, columns }: Place): NodeMeta["categories"] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
      return value as string[] as NodeMeta["categories"][number][];
    }
  } catch {
    // Answered below: a parser's message repeats what it was given.
  }
  throw new OubliError("STORE_DAMAGED", { subject, node: columns[0] as NodeMeta["node"] });
}
