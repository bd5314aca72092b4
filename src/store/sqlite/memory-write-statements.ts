import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";

import type { EpochMs, NodeId, SubjectId } from "#kernel";
import type { Inserted, NodeHead, NodeInsert, NodeRow } from "#memory";

import type { ChangeStatements } from "./change-statements.ts";
import type { DerivationStatements } from "./derivation-statements.ts";
import type { MemoryFenceStatements } from "./memory-fence-statements.ts";
import { encodeRow } from "./memory-row.ts";

interface Beside {
  readonly changes: ChangeStatements;
  readonly fences: MemoryFenceStatements;
  readonly derivations: DerivationStatements;
}

/** Inserts and swaps of nodes. Call from inside a transaction. */
export function memoryWriteStatements(sql: DatabaseSync, beside: Beside) {
  const { changes, fences, derivations } = beside;
  const selectRevision = sql.prepare(
    "SELECT revision FROM node WHERE subject_id = ? AND node_id = ?",
  );
  const insertNode = sql.prepare(`INSERT INTO node VALUES (${Array(17).fill("?").join(", ")})`);
  const replaceNode = sql.prepare(`
    REPLACE INTO node VALUES (${Array(17).fill("?").join(", ")})`);
  const insertBody = sql.prepare("INSERT INTO body VALUES (?, ?, ?, ?)");
  const replaceBody = sql.prepare("REPLACE INTO body VALUES (?, ?, ?, ?)");
  const putVector = sql.prepare("REPLACE INTO embedding VALUES (?, ?, ?, ?)");
  const deleteVector = sql.prepare("DELETE FROM embedding WHERE subject_id = ? AND node_id = ?");

  const inserting = [insertNode, insertBody] as const;
  const replacing = [replaceNode, replaceBody] as const;

  function isAt(subject: SubjectId, { node, revision }: NodeHead): boolean {
    const row = selectRevision.get(subject, node) as { revision: number } | undefined;
    return row?.revision === revision;
  }

  /** Every source is there at the revision that was read, or comes with the same insert. */
  function sourcesStand({ subject, rows, derivations: links }: NodeInsert): boolean {
    if (links.length === 0) return true;
    const own = new Map<NodeId, number>(rows.map(({ node, revision }) => [node, revision]));
    return links.every(({ source, sourceRevision: revision }) =>
      own.has(source) ? own.get(source) === revision : isAt(subject, { node: source, revision }),
    );
  }

  function putRow(row: NodeRow, change: number, [putNode, putBody] = inserting): void {
    putNode.run(row.subject, row.node, ...encodeRow(row, change));
    putBody.run(row.subject, row.node, row.revision, row.body);
    if (row.embedding !== null) {
      putVector.run(row.subject, row.node, row.revision, row.embedding);
    }
  }

  return {
    insert(insert: NodeInsert): Inserted {
      const { subject, rows, idempotency, now } = insert;
      for (const row of rows) assert.equal(row.subject, subject);
      const tags = { replay: eventsOf(rows), idempotency: idempotency?.tag ?? null, now };
      const refusal = fences.refusal(subject, tags);
      if (refusal !== null) return refusal;
      if (!sourcesStand(insert)) return { status: "source-gone" };

      const change = changes.bump(subject);
      for (const row of rows) putRow(row, change);
      derivations.insert(subject, insert.derivations, change);
      if (idempotency !== null) {
        const nodes = rows.map(({ node }) => node);
        fences.answer(subject, idempotency.tag, nodes, idempotency.until);
      }
      return { status: "inserted" };
    },

    swap(from: NodeHead, row: NodeRow): "swapped" | "moved" | "fenced" {
      assert.equal(row.node, from.node);
      if (fences.isFenced(row.subject)) return "fenced";
      if (!isAt(row.subject, from)) return "moved";
      if (row.embedding === null) deleteVector.run(row.subject, row.node);
      putRow(row, changes.bump(row.subject), replacing);
      return "swapped";
    },
  };
}

/** The source events of rows, each with the purposes that it is told for. */
function eventsOf(rows: readonly NodeRow[]) {
  return rows.flatMap(({ replayTag: tag, purposes }) => (tag === null ? [] : [{ tag, purposes }]));
}

/** Moves stored ends. Call from inside a transaction. */
export function expiryStatements(sql: DatabaseSync) {
  const bringForward = sql.prepare(`
    UPDATE node SET expires_at = :end
    WHERE subject_id = :subject AND node_id = :node AND (expires_at IS NULL OR expires_at > :end)`);
  return (
    subject: SubjectId,
    ends: readonly { readonly node: NodeId; readonly expiresAt: EpochMs }[],
  ): number => {
    let moved = 0;
    for (const { node, expiresAt: end } of ends) {
      moved += Number(bringForward.run({ subject, node, end }).changes);
    }
    return moved;
  };
}
