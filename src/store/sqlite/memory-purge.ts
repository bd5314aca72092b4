import type { DatabaseSync } from "node:sqlite";

import { HOUR_MS, type EpochMs, type NodeId, type SubjectId } from "#kernel";
import { addRemoved, type MemoryStore, type Purged, type Removed } from "#memory";

import type { ChangeStatements } from "./change-statements.ts";
import type { DerivationStatements } from "./derivation-statements.ts";

const LISTED = "(SELECT value FROM json_each(:nodes))";
const HELD = "(SELECT value FROM json_each(:held))";

// Without the index's name, SQLite would read all that the subject has to find a few.
const BY_SOURCE = "derivation INDEXED BY derivation_source";
const BY_NODE = "idempotency INDEXED BY idempotency_node";

/** A derivation from a listed node whose derived node is gone. */
const ENDS_NOWHERE = `source_id IN ${LISTED} AND NOT EXISTS (
  SELECT 1 FROM node
  WHERE node.subject_id = derivation.subject_id AND node.node_id = derivation.derived_id)`;

type Batch = Parameters<MemoryStore["purgeSubject"]>[1];
type BatchPurged = Awaited<ReturnType<MemoryStore["purgeSubject"]>>;

interface Beside {
  readonly changes: ChangeStatements;
  readonly derivations: DerivationStatements;
}

/** Removes nodes and everything that hangs on them. Call from inside a transaction. */
export function memoryPurge(sql: DatabaseSync, { changes, derivations }: Beside) {
  const fenceReplays = sql.prepare(`
    INSERT INTO replay_fence
    SELECT DISTINCT node.replay_tag, :until FROM json_each(:nodes) AS listed
    CROSS JOIN node ON node.subject_id = :subject AND node.node_id = listed.value
    WHERE node.replay_tag IS NOT NULL
    ON CONFLICT DO UPDATE SET until = max(until, excluded.until)`);
  // A retried call must not bring back what was erased meanwhile. The end is rounded up: to the
  // millisecond it would say which call it was.
  const fenceRetries = sql.prepare(`
    INSERT INTO replay_fence
    SELECT DISTINCT tag, (until + ${HOUR_MS - 1}) / ${HOUR_MS} * ${HOUR_MS} FROM ${BY_NODE}
    WHERE subject_id = :subject AND node_id IN ${LISTED}
    ON CONFLICT DO UPDATE SET until = max(until, excluded.until)`);
  const removeNodes = deletion(sql, "node", `node_id IN ${LISTED}`);
  const removeBodies = deletion(sql, "body", `node_id IN ${LISTED}`);
  const removeVectors = deletion(sql, "embedding", `node_id IN ${LISTED}`);
  const removeAnswers = deletion(sql, BY_NODE, `node_id IN ${LISTED}`);
  const removeMadeOf = deletion(sql, "derivation", `derived_id IN ${LISTED}`);
  const removeEnds = deletion(sql, BY_SOURCE, ENDS_NOWHERE);
  const removeMadeInto = deletion(sql, BY_SOURCE, `source_id IN ${LISTED}`);
  const selectBatch = sql.prepare(`
    SELECT node_id AS node FROM node NOT INDEXED
    WHERE subject_id = :subject AND node_id NOT IN ${HELD} ORDER BY node_id LIMIT :limit`);
  const purgeRest = restOfSubject(sql);

  function purge(
    subject: SubjectId,
    nodes: readonly NodeId[],
    until: EpochMs,
    removeLinks: readonly Deletion[],
  ): Removed {
    const values = { subject, nodes: JSON.stringify(nodes) };
    fenceReplays.run({ ...values, until });
    removeBodies(values);
    return {
      nodes: removeNodes(values),
      embeddings: removeVectors(values),
      // After the nodes: what is left of a derivation depends on which nodes are left.
      derivations: removeLinks.reduce((sum, removeThese) => sum + removeThese(values), 0),
      sessions: 0,
      idempotency: removeAnswers(values),
    };
  }

  function noteChange(subject: SubjectId, removed: Removed): void {
    if (Object.values(removed).some((count) => count > 0)) changes.bump(subject);
  }

  return {
    /**
     * A derivation whose derived node is not listed stays until that node goes: after a crash,
     * the next purge finds the straggler by it once more.
     */
    nodes(subject: SubjectId, nodes: readonly NodeId[], fenceUntil: EpochMs): Purged {
      const stragglers = derivations.madeFrom(subject, nodes);
      // A subject that is erased whole has its own fence, and needs none for its tags.
      fenceRetries.run({ subject, nodes: JSON.stringify(nodes) });
      const removed = purge(subject, nodes, fenceUntil, [removeMadeOf, removeEnds]);
      noteChange(subject, removed);
      return { removed, stragglers };
    },

    subject(subject: SubjectId, { except, limit, fenceUntil }: Batch): BatchPurged {
      const held = JSON.stringify(except);
      const batch = selectBatch.all({ subject, held, limit }) as { node: NodeId }[];
      const nodes = batch.map(({ node }) => node);
      let removed = purge(subject, nodes, fenceUntil, [removeMadeOf, removeMadeInto]);
      let done = false;
      if (batch.length < limit) {
        const rest = purgeRest({ subject, held, limit });
        removed = addRemoved(removed, rest);
        done = Object.values(rest).every((count) => count < limit);
      }
      noteChange(subject, removed);
      return { removed, done };
    },
  };
}

/** At most `limit` rows of each table that no node of the subject accounts for. */
function restOfSubject(sql: DatabaseSync) {
  const some = (table: string, key: string, where: string) =>
    deletion(
      sql,
      table,
      `(${key}) IN (SELECT ${key} FROM ${table}
        WHERE subject_id = :subject AND ${where} LIMIT :limit)`,
    );
  const bodies = some("body", "node_id", `node_id NOT IN ${HELD}`);
  const vectors = some("embedding", "node_id", `node_id NOT IN ${HELD}`);
  const links = some(
    "derivation",
    "derived_id, position",
    `(derived_id NOT IN ${HELD} OR source_id NOT IN ${HELD})`,
  );
  const sessions = some("session", "tag", "true");
  const answers = some("idempotency", "tag, position", "true");

  return (values: Values): Removed => ({
    nodes: bodies(values),
    embeddings: vectors(values),
    derivations: links(values),
    sessions: sessions(values),
    idempotency: answers(values),
  });
}

type Values = Readonly<Record<string, string | number>>;
type Deletion = (values: Values) => number;

/** Deletes a subject's rows of one table; answers how many. */
function deletion(sql: DatabaseSync, table: string, where: string): Deletion {
  const statement = sql.prepare(`DELETE FROM ${table} WHERE subject_id = :subject AND ${where}`);
  statement.setAllowUnknownNamedParameters(true);
  return (values) => Number(statement.run(values).changes);
}
