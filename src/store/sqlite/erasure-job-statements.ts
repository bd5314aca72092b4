import type { DatabaseSync } from "node:sqlite";

import type { DamagedRow, Effect, ErasureRow, Lease, NodeRef, Remake } from "#audit";
import { word, type ErasureId, type NodeId, type SubjectId } from "#kernel";

import { isObject, isText, isTexts, jsonList, orDamaged } from "../audit-json.ts";

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
  const claimRemakes = sql.prepare(`
    UPDATE erasure SET lease_holder = ?, lease_until = ?
    WHERE (subject_id, erasure_id) IN (
      SELECT subject_id, erasure_id FROM erasure INDEXED BY erasure_remake
      WHERE remake <> '[]' AND stage IN ('executed', 'final')
        AND (lease_until IS NULL OR lease_until < ?) LIMIT ?)
    RETURNING ${JOB}`);
  const settleRemakes = sql.prepare(`
    UPDATE erasure SET remake = ?, lease_holder = NULL, lease_until = NULL
    WHERE subject_id = ? AND erasure_id = ? AND stage IN ('executed', 'final')`);
  const renew = sql.prepare(`
    UPDATE erasure SET lease_until = ?
    WHERE subject_id = ? AND erasure_id = ? AND (stage = 'pending' OR remake <> '[]')
      AND lease_holder = ?`);
  const pendingOne = "subject_id = ? AND erasure_id = ? AND stage = 'pending'";
  const selectPlan = sql.prepare(`SELECT nodes, held FROM erasure WHERE ${pendingOne}`);
  const setPlan = sql.prepare(`UPDATE erasure SET nodes = ?, held = ? WHERE ${pendingOne}`);
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
    /** Adds to the plan, behind what it has. One that is finished stays as it is. */
    extend(subject: SubjectId, id: ErasureId, { nodes, held }: Extension): void {
      const row = selectPlan.get(subject, id) as Pick<JobJson, "nodes" | "held"> | undefined;
      if (!row) return;
      const planned = row.nodes && [...jsonList<NodeRef>(TABLE, row.nodes, isNodeRef), ...nodes];
      const kept = [...jsonList<NodeId>(TABLE, row.held, isText), ...held];
      setPlan.run(planned && JSON.stringify(planned), JSON.stringify(kept), subject, id);
    },
    pending: (subject: SubjectId): ErasureRow[] => selectPending.all(subject).map(readJob),
    oldestPending: (): number | null => (selectOldest.get() as { oldest: number | null }).oldest,
    claim: ({ holder, now, until }: Lease, limit: number): (ErasureRow | DamagedRow)[] =>
      claim.all(holder, until, now, limit).map((row) => orDamaged(TABLE, row, readJob)),
    claimRemakes: ({ holder, now, until }: Lease, limit: number): (ErasureRow | DamagedRow)[] =>
      claimRemakes.all(holder, until, now, limit).map((row) => orDamaged(TABLE, row, readJob)),
    settleRemakes: (subject: SubjectId, id: ErasureId, left: readonly Remake[]): void =>
      void settleRemakes.run(JSON.stringify(left), subject, id),
    renew: (subject: SubjectId, id: ErasureId, { holder, until }: Lease): boolean =>
      renew.run(until, subject, id, holder).changes === 1,
  };
}

type Extension = Pick<Effect & { kind: "erasure.extend" }, "nodes" | "held">;

/** A job's lists as they are stored. */
interface JobJson {
  readonly nodes: string | null;
  readonly held: string;
  readonly remake: string;
}

function readJob(row: unknown): ErasureRow {
  const stored = row as Omit<ErasureRow, keyof JobJson> & JobJson;
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
