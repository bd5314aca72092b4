import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";
import type { MemoryStore, Residue } from "#memory";

type Scope = Parameters<MemoryStore["residue"]>[1];

const LIST = "(SELECT value FROM json_each(:list))";

/** A body whose node is gone counts as a node: it is what the node said. */
const STRAY = `NOT EXISTS (SELECT 1 FROM node
  WHERE node.subject_id = body.subject_id AND node.node_id = body.node_id)`;

/** The derived node of a derivation still stands. */
const DERIVED_STANDS = `EXISTS (SELECT 1 FROM node
  WHERE node.subject_id = derivation.subject_id AND node.node_id = derivation.derived_id)`;

/**
 * Counts what is left, table by table. Says itself what should be gone, and uses nothing of the
 * purge: what one forgets, the other finds. Call from inside a transaction.
 */
export function memoryResidue(sql: DatabaseSync) {
  // A derivation into a node that stands belongs to that node: it goes when the node goes.
  const ofNodes = counts(sql, {
    nodes: [`node WHERE node_id IN ${LIST}`, `body WHERE node_id IN ${LIST} AND ${STRAY}`],
    embeddings: [`embedding WHERE node_id IN ${LIST}`],
    derivations: [
      `derivation WHERE derived_id IN ${LIST}`,
      `derivation INDEXED BY derivation_source
        WHERE source_id IN ${LIST} AND derived_id NOT IN ${LIST} AND NOT ${DERIVED_STANDS}`,
    ],
    sessions: ["session WHERE false"],
    idempotency: [`idempotency WHERE node_id IN ${LIST}`],
  });
  const ofSubject = counts(sql, {
    nodes: [`node WHERE node_id NOT IN ${LIST}`, `body WHERE node_id NOT IN ${LIST} AND ${STRAY}`],
    embeddings: [`embedding WHERE node_id NOT IN ${LIST}`],
    derivations: [`derivation WHERE (derived_id NOT IN ${LIST} OR source_id NOT IN ${LIST})`],
    sessions: ["session WHERE true"],
    idempotency: ["idempotency WHERE true"],
  });

  return (subject: SubjectId, scope: Scope): Residue =>
    "nodes" in scope
      ? ofNodes({ subject, list: JSON.stringify(scope.nodes) })
      : ofSubject({ subject, list: JSON.stringify(scope.except) });
}

/** One query for all tables, so that they are counted as of one moment. */
function counts(sql: DatabaseSync, left: Readonly<Record<keyof Residue, readonly string[]>>) {
  const columns = Object.entries(left).map(([name, parts]) => {
    const counted = parts.map((rows) => `(SELECT count(*) FROM ${rows} AND subject_id = :subject)`);
    return `${counted.join(" + ")} AS ${name}`;
  });
  const statement = sql.prepare(`SELECT ${columns.join(", ")}`);
  return (values: { readonly subject: SubjectId; readonly list: string }): Residue => ({
    ...(statement.get(values) as unknown as Residue),
  });
}
