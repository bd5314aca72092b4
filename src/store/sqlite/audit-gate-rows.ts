import type { DatabaseSync } from "node:sqlite";

import type { StagedErasure } from "#audit";
import { word, type SubjectId } from "#kernel";

import { isText, jsonList } from "../audit-json.ts";
import { isNodeRef } from "./erasure-job-statements.ts";

/** Where a subject may be named. The ledger too: a row that was taken away is told by it alone. */
const TABLES = ["audit_ledger", "subject_gate", "consent", "restriction", "hold", "erasure"];

/** What only the check of the rows against the ledger reads. Call from inside a transaction. */
export function gateRowStatements(sql: DatabaseSync) {
  const pages = TABLES.map((table) =>
    sql.prepare(`
      SELECT DISTINCT subject_id AS subject FROM ${table} WHERE subject_id > ?
      ORDER BY subject_id LIMIT ?`),
  );
  const selectErasures = sql.prepare(`
    SELECT subject_id AS subject, erasure_id AS id, kind, reason, nodes, held, tenant,
      intent_idx AS intentIndex, stage, executed_idx AS executedIndex, final_idx AS finalIndex,
      epoch, started_at AS startedAt
    FROM erasure WHERE subject_id = ? ORDER BY intent_idx`);

  return {
    subjects({ after, limit }: { readonly after: SubjectId | null; readonly limit: number }) {
      const found = pages.flatMap((page) => page.all(after ?? "", limit));
      const subjects = new Set(found.map(({ subject }) => subject as SubjectId));
      return [...subjects].sort().slice(0, limit);
    },
    erasures: (subject: SubjectId): StagedErasure[] => selectErasures.all(subject).map(readErasure),
  };
}

function readErasure(row: unknown): StagedErasure {
  const stored = row as StagedErasure & { nodes: string | null; held: string };
  return {
    ...stored,
    nodes: stored.nodes === null ? null : jsonList(word("erasure"), stored.nodes, isNodeRef),
    held: jsonList(word("erasure"), stored.held, isText),
  };
}
