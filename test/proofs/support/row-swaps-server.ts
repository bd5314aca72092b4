import type { RowSwap, SwapParts } from "./row-swaps.ts";

/** Exchanges one column between two rows. */
function exchange(table: string, column: string, left: string, right: string): string {
  const of = (row: string): string => `(SELECT ${column} FROM ${table} WHERE ${row})`;
  return `
    UPDATE ${table} SET ${column} = CASE WHEN ${left} THEN ${of(right)} ELSE ${of(left)} END
    WHERE (${left}) OR (${right})`;
}

const TEA = "subject_id = :ada AND node_id = :tea";
const SEA = "subject_id = :ada AND node_id = :sea";
const BENS = "subject_id = :ben AND node_id = :bens";
const [ADA, BEN] = ["subject_id = :ada", "subject_id = :ben"];

const MOVE_NODE: RowSwap = {
  file: "memory",
  sql: `UPDATE node SET subject_id = :ada, change = 1 WHERE ${BENS}`,
};
const MOVE_KEY: RowSwap = {
  file: "keys",
  sql: `UPDATE node_key SET subject_id = :ada WHERE ${BENS}`,
};
const body = (left: string, right: string): RowSwap => ({
  file: "memory",
  sql: exchange("node", "body", left, right),
});
const vector = (left: string, right: string): RowSwap => ({
  file: "memory",
  sql: exchange("node", "embedding", left, right),
});
const keys = (table: string, column: string, left: string, right: string): RowSwap => ({
  file: "keys",
  sql: exchange(table, column, left, right),
});

/** What a database administrator may do to make one row pass for another. */
export const SERVER_ROW_SWAPS: Readonly<Record<string, readonly RowSwap[]>> = {
  "a body in another person's row": [body(TEA, BENS)],
  "a body in another row of the same person": [body(TEA, SEA)],
  "a vector in another person's row": [vector(TEA, BENS)],
  "a vector in place of a body": [
    { file: "memory", sql: `UPDATE node SET body = embedding WHERE ${TEA}` },
  ],
  "a body in place of a vector": [
    { file: "memory", sql: `UPDATE node SET embedding = body WHERE ${TEA}` },
  ],
  "another person's node, moved": [MOVE_NODE],
  "another person's node, moved with its key": [MOVE_NODE, MOVE_KEY],
  "another person's node, moved with its key and the subject's key": [
    MOVE_NODE,
    MOVE_KEY,
    keys("subject_key", "wrapped", ADA!, BEN!),
  ],
  "a node's key, exchanged with another person's": [keys("node_key", "wrapped", TEA, BENS)],
  "a node's key, exchanged with another of the same person": [
    keys("node_key", "wrapped", TEA, SEA),
  ],
  "a body with its vector and key, exchanged with another of the same person": [
    body(TEA, SEA),
    vector(TEA, SEA),
    keys("node_key", "wrapped", TEA, SEA),
  ],
  "a body with its vector and key, exchanged with another person's": [
    body(TEA, BENS),
    vector(TEA, BENS),
    keys("node_key", "wrapped", TEA, BENS),
  ],
  "two people's keys, exchanged": [keys("subject_key", "wrapped", ADA!, BEN!)],
  "a revision that was never written": [
    { file: "memory", sql: `UPDATE node SET revision = 2 WHERE ${TEA}` },
    { file: "keys", sql: `UPDATE node_key SET revision = 2 WHERE ${TEA}` },
  ],
  "another version of the subject's key": [
    { file: "keys", sql: "UPDATE subject_key SET version = 2 WHERE subject_id = :ada" },
  ],
  "another controller's subject": [
    { file: "keys", sql: "UPDATE subject_key SET tenant = 'rival' WHERE subject_id = :ada" },
  ],
  "a name that leads to another person": [keys("lookup", "subject_id", ADA!, BEN!)],
  "a name and its row that lead to another person": [
    keys("lookup", "subject_id", ADA!, BEN!),
    {
      file: "keys",
      sql: `UPDATE directory SET sealed = other.sealed FROM directory AS other
        WHERE directory.subject_id = :ada AND other.subject_id = :ben`,
    },
  ],
  "consent evidence of another person": [
    { file: "audit", sql: exchange("consent_evidence", "sealed", ADA!, BEN!) },
  ],
  "an edge to another person's memory": [
    {
      file: "memory",
      sql: "UPDATE derivation SET source_id = :bens WHERE subject_id = :ada AND source_id = :sea",
    },
  ],
};

/** A swap as statements for a superuser: it fails loudly where it changes nothing. */
export function swapStatement({ file, sql }: RowSwap, region: string, parts: SwapParts): string {
  const given = sql.replaceAll(/:([a-z]+)/g, (_, name) => `'${parts[name as keyof SwapParts]}'`);
  return `
    SET search_path TO "oubli_${region}_${file}";
    DO $swap$ DECLARE changed int; BEGIN
      ${given};
      GET DIAGNOSTICS changed = ROW_COUNT;
      IF changed = 0 THEN RAISE 'nothing was changed'; END IF;
    END $swap$`;
}
