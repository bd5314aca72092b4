import type { DatabaseSync } from "node:sqlite";

import type { DamagedRow, ErasureRow, Lease, NodeRef } from "#audit";
import { word, type ErasureId, type SubjectId } from "#kernel";

import { isObject, isText, isTexts, jsonList, orDamaged } from "./audit-json.ts";

const JOB = `subject_id AS subject, erasure_id AS id, kind, reason, nodes, held, remake, tenant,
  intent_idx AS intentIndex, started_at AS startedAt`;

const TABLE = word("erasure");

/** Erasures that have an intent, and who works on them. Call from inside a transaction. */
export function erasureJobStatements(sql: DatabaseSync) {
  const insert = sql.prepare(`
    INSERT INTO erasure (subject_id, erasure_id, tenant, stage, kind, reason, nodes, held, remake,
      started_at, intent_idx, lease_holder, lease_until)
    VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const selectPending = sql.prepare(`
    SELECT ${JOB} FROM erasure WHERE subject_id = ? AND stage = 'pending' ORDER BY intent_idx`);
  const claim = sql.prepare(`
    UPDATE erasure SET lease_holder = ?, lease_until = ?
    WHERE (subject_id, erasure_id) IN (
      SELECT subject_id, erasure_id FROM erasure
      WHERE stage = 'pending' AND (lease_until IS NULL OR lease_until < ?) LIMIT ?)
    RETURNING ${JOB}`);
  const renew = sql.prepare(`
    UPDATE erasure SET lease_until = ?
    WHERE subject_id = ? AND erasure_id = ? AND stage = 'pending' AND lease_holder = ?`);
  const pendingOne = "subject_id = ? AND erasure_id = ? AND stage = 'pending'";
  const selectNodes = sql.prepare(`SELECT nodes FROM erasure WHERE ${pendingOne}`);
  const setNodes = sql.prepare(`UPDATE erasure SET nodes = ? WHERE ${pendingOne}`);
  const selectOldest = sql.prepare(
    "SELECT min(intent_idx) AS oldest FROM erasure WHERE stage = 'pending'",
  );

  return {
    begin(row: Omit<ErasureRow, "intentIndex">, lease: Lease, intentIndex: number): void {
      insert.run(
        row.subject,
        row.id,
        row.tenant,
        row.kind,
        row.reason,
        row.nodes === null ? null : JSON.stringify(row.nodes),
        JSON.stringify(row.held),
        JSON.stringify(row.remake),
        row.startedAt,
        intentIndex,
        lease.holder,
        lease.until,
      );
    },
    /** Adds nodes behind those of the plan. One that is finished, or whole anyway, stays. */
    extend(subject: SubjectId, id: ErasureId, nodes: readonly NodeRef[]): void {
      const row = selectNodes.get(subject, id) as { nodes: string | null } | undefined;
      if (!row || row.nodes === null) return;
      const planned = jsonList<NodeRef>(TABLE, row.nodes, isNodeRef);
      setNodes.run(JSON.stringify([...planned, ...nodes]), subject, id);
    },
    pending: (subject: SubjectId): ErasureRow[] => selectPending.all(subject).map(readJob),
    oldestPending: (): number | null => (selectOldest.get() as { oldest: number | null }).oldest,
    claim: ({ holder, now, until }: Lease, limit: number): (ErasureRow | DamagedRow)[] =>
      claim.all(holder, until, now, limit).map((row) => orDamaged(TABLE, row, readJob)),
    renew: (subject: SubjectId, id: ErasureId, { holder, until }: Lease): boolean =>
      renew.run(until, subject, id, holder).changes === 1,
  };
}

function readJob(row: unknown): ErasureRow {
  const stored = row as ErasureRow & { nodes: string | null; held: string; remake: string };
  return {
    ...stored,
    nodes: stored.nodes === null ? null : jsonList(TABLE, stored.nodes, isNodeRef),
    held: jsonList(TABLE, stored.held, isText),
    remake: jsonList(TABLE, stored.remake, isRemake),
  };
}

export function isNodeRef(item: unknown): boolean {
  return isObject(item) && isText(item["node"]) && Number.isInteger(item["revision"]);
}

function isRemake(item: unknown): boolean {
  return (
    isObject(item) &&
    isText(item["deriver"]) &&
    isText(item["purpose"]) &&
    (item["session"] === null || isText(item["session"])) &&
    isTexts(item["sources"])
  );
}
