import { DatabaseSync, type SQLInputValue } from "node:sqlite";

import type { NodeId, SubjectId } from "#kernel";

/** Whose rows are exchanged: two people, and two memories of each. */
export interface SwapParts {
  readonly ada: SubjectId;
  readonly ben: SubjectId;
  readonly tea: NodeId;
  readonly sea: NodeId;
  readonly bens: NodeId;
  readonly walks: NodeId;
}

export interface RowSwap {
  readonly file: "memory" | "keys" | "audit";
  readonly sql: string;
}

/** Exchanges one column between two rows of a table that keeps its keys unique. */
function exchange(table: string, column: string, left: string, right: string): string {
  return `
    CREATE TEMP TABLE old AS
      SELECT (SELECT ${column} FROM ${table} WHERE ${left}) AS a,
             (SELECT ${column} FROM ${table} WHERE ${right}) AS b;
    UPDATE ${table} SET ${column} = (SELECT b FROM old) WHERE ${left};
    UPDATE ${table} SET ${column} = (SELECT a FROM old) WHERE ${right};`;
}

const TEA = "subject_id = :ada AND node_id = :tea";
const SEA = "subject_id = :ada AND node_id = :sea";
const BENS = "subject_id = :ben AND node_id = :bens";

/** Moves a node with all that hangs on it, so that only what is sealed can tell. */
const MOVE_NODE = ["node", "body", "embedding"]
  .map((table) => `UPDATE ${table} SET subject_id = :ada WHERE ${BENS};`)
  .join("\n");

/** What somebody who can write to the databases may do to make one row pass for another. */
export const ROW_SWAPS: Readonly<Record<string, readonly RowSwap[]>> = {
  "a body in another person's row": [
    { file: "memory", sql: exchange("body", "sealed", TEA, BENS) },
  ],
  "a body in another row of the same person": [
    { file: "memory", sql: exchange("body", "sealed", TEA, SEA) },
  ],
  "a vector in another person's row": [
    { file: "memory", sql: exchange("embedding", "sealed", TEA, BENS) },
  ],
  "a vector in place of a body": [
    {
      file: "memory",
      sql: `UPDATE body SET sealed = (SELECT sealed FROM embedding WHERE ${TEA}) WHERE ${TEA};`,
    },
  ],
  "a body in place of a vector": [
    {
      file: "memory",
      sql: `UPDATE embedding SET sealed = (SELECT sealed FROM body WHERE ${TEA}) WHERE ${TEA};`,
    },
  ],
  "another person's node, moved": [{ file: "memory", sql: MOVE_NODE }],
  "another person's node, moved with its key": [
    { file: "memory", sql: MOVE_NODE },
    { file: "keys", sql: `UPDATE node_key SET subject_id = :ada WHERE ${BENS};` },
  ],
  "another person's node, moved with its key and the subject's key": [
    { file: "memory", sql: MOVE_NODE },
    {
      file: "keys",
      sql: `
        UPDATE node_key SET subject_id = :ada WHERE ${BENS};
        ${exchange("subject_key", "wrapped", "subject_id = :ada", "subject_id = :ben")}`,
    },
  ],
  "a node's key, exchanged with another person's": [
    { file: "keys", sql: exchange("node_key", "wrapped", TEA, BENS) },
  ],
  "a node's key, exchanged with another of the same person": [
    { file: "keys", sql: exchange("node_key", "wrapped", TEA, SEA) },
  ],
  "a body with its vector and key, exchanged with another of the same person": [
    { file: "memory", sql: exchange("body", "sealed", TEA, SEA) },
    { file: "memory", sql: exchange("embedding", "sealed", TEA, SEA) },
    { file: "keys", sql: exchange("node_key", "wrapped", TEA, SEA) },
  ],
  "a body with its vector and key, exchanged with another person's": [
    { file: "memory", sql: exchange("body", "sealed", TEA, BENS) },
    { file: "memory", sql: exchange("embedding", "sealed", TEA, BENS) },
    { file: "keys", sql: exchange("node_key", "wrapped", TEA, BENS) },
  ],
  "two people's keys, exchanged": [
    {
      file: "keys",
      sql: exchange("subject_key", "wrapped", "subject_id = :ada", "subject_id = :ben"),
    },
  ],
  "a revision that was never written": [
    {
      file: "memory",
      sql: ["node", "body", "embedding"]
        .map((table) => `UPDATE ${table} SET revision = 2 WHERE ${TEA};`)
        .join("\n"),
    },
    { file: "keys", sql: `UPDATE node_key SET revision = 2 WHERE ${TEA};` },
  ],
  "another version of the subject's key": [
    { file: "keys", sql: "UPDATE subject_key SET version = 2 WHERE subject_id = :ada;" },
  ],
  "another controller's subject": [
    { file: "keys", sql: "UPDATE subject_key SET tenant = 'rival' WHERE subject_id = :ada;" },
  ],
  "another controller's name": [
    { file: "keys", sql: "UPDATE directory SET tenant = 'elsewhere' WHERE subject_id = :ada;" },
  ],
  "a name that leads to another person": [
    {
      file: "keys",
      sql: `
        CREATE TEMP TABLE was AS SELECT lookup, subject_id FROM directory
          WHERE subject_id IN (:ada, :ben);
        UPDATE directory SET subject_id = (SELECT subject_id FROM was WHERE was.lookup <> directory.lookup)
          WHERE lookup IN (SELECT lookup FROM was);`,
    },
  ],
  "consent evidence of another person": [
    {
      file: "audit",
      sql: exchange("consent_evidence", "sealed", "subject_id = :ada", "subject_id = :ben"),
    },
  ],
  "an edge to another person's memory": [
    {
      file: "memory",
      sql: "UPDATE derivation SET source_id = :bens WHERE subject_id = :ada AND source_id = :sea;",
    },
  ],
};

/** Carries a swap out. @returns how many rows it changed. */
export function swapRows(file: string, { sql }: RowSwap, parts: SwapParts): number {
  using database = new DatabaseSync(file);
  let changed = 0;
  for (const statement of sql.split(";").filter((text) => text.trim() !== "")) {
    const prepared = database.prepare(statement);
    prepared.setAllowUnknownNamedParameters(true);
    const done = prepared.run(parts as unknown as Record<string, SQLInputValue>);
    if (!statement.includes("CREATE TEMP")) changed += Number(done.changes);
  }
  return changed;
}
