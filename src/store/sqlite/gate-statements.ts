import type { DatabaseSync } from "node:sqlite";

import type { Gate, GateCheck, HoldRow, PolicyState, RestrictionRow } from "#audit";
import {
  word,
  type EpochMs,
  type HoldId,
  type NodeId,
  type RestrictionId,
  type SubjectId,
  type Word,
} from "#kernel";

import { isText, jsonList } from "../audit-json.ts";

/** The gate, the policy's number, restrictions and holds. Call from inside a transaction. */
export function gateStatements(sql: DatabaseSync) {
  // One row always comes back: a subject without a gate row has never been narrowed.
  const selectGate = sql.prepare(`
    SELECT coalesce(gate.seq, 0) AS seq, coalesce(gate.pending, 0) AS pending,
      policy.seq AS policySeq
    FROM policy_state AS policy LEFT JOIN subject_gate AS gate ON gate.subject_id = ?`);
  const bumpGate = sql.prepare(`
    INSERT INTO subject_gate VALUES (?, 1, ?)
    ON CONFLICT DO UPDATE SET seq = seq + 1, pending = pending + excluded.pending`);
  const selectPolicy = sql.prepare("SELECT seq, digest, json FROM policy_state");
  const updatePolicy = sql.prepare(
    "UPDATE policy_state SET seq = seq + 1, digest = ?1, json = ?2 WHERE digest IS NOT ?1",
  );
  const insertRestriction = sql.prepare("INSERT INTO restriction VALUES (?, ?, ?, ?, ?)");
  const deleteRestriction = sql.prepare(
    "DELETE FROM restriction WHERE subject_id = ? AND restriction_id = ?",
  );
  const selectRestrictions = sql.prepare(`
    SELECT subject_id AS subject, restriction_id AS id, purpose, ground, since FROM restriction
    WHERE subject_id = ? ORDER BY since, restriction_id`);
  const insertHold = sql.prepare("INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const deleteHold = sql.prepare("DELETE FROM hold WHERE subject_id = ? AND hold_id = ?");
  const selectHolds = sql.prepare(`
    SELECT subject_id AS subject, hold_id AS id, case_code AS "case", reason, nodes, category,
      purpose, since
    FROM hold WHERE subject_id = ? ORDER BY since, hold_id`);
  const selectHeld = sql.prepare(`
    SELECT DISTINCT subject_id AS subject FROM hold WHERE nodes IS NULL AND subject_id > ?
    ORDER BY subject_id LIMIT ?`);
  const selectAnyHold = sql.prepare("SELECT 1 FROM hold LIMIT 1");

  const read = (subject: SubjectId): Gate & { policySeq: number } => {
    const row = selectGate.get(subject) as { seq: number; pending: number; policySeq: number };
    return { seq: row.seq, pending: row.pending, policySeq: row.policySeq };
  };

  return {
    read,
    isCurrent({ subject, seq, policySeq, notAfter }: GateCheck, now: EpochMs): boolean {
      const gate = read(subject);
      const unmoved = gate.seq === seq && gate.policySeq === policySeq;
      return unmoved && (notAfter === null || now < notAfter);
    },
    bump: (subject: SubjectId, pending: -1 | 0 | 1): void => void bumpGate.run(subject, pending),

    policy: (): PolicyState => ({ ...(selectPolicy.get() as unknown as PolicyState) }),
    setPolicy: (digest: Word, json: string): void => void updatePolicy.run(digest, json),

    restrict: ({ subject, id, purpose, ground, since }: RestrictionRow): void =>
      void insertRestriction.run(subject, id, purpose, ground, since),
    lift: (subject: SubjectId, id: RestrictionId): void => void deleteRestriction.run(subject, id),
    restrictions: (subject: SubjectId): RestrictionRow[] =>
      selectRestrictions.all(subject).map(readRestriction),

    hold(row: HoldRow): void {
      const nodes = row.nodes === null ? null : JSON.stringify(row.nodes);
      const { subject, id, reason, category, purpose, since } = row;
      insertHold.run(subject, id, row.case, reason, nodes, category, purpose, since);
    },
    release: (subject: SubjectId, id: HoldId): void => void deleteHold.run(subject, id),
    heldSubjects: ({ after, limit }: { after: SubjectId | null; limit: number }): SubjectId[] =>
      selectHeld.all(after ?? "", limit).map(({ subject }) => subject as SubjectId),
    hasHolds: (): boolean => selectAnyHold.get() !== undefined,
    holdRows: (subject: SubjectId): HoldRow[] => selectHolds.all(subject).map(readHold),
  };
}

function readRestriction(row: unknown): RestrictionRow {
  return { ...(row as RestrictionRow) };
}

function readHold(row: unknown): HoldRow {
  const stored = row as Omit<HoldRow, "nodes"> & { nodes: string | null };
  const nodes = stored.nodes === null ? null : jsonList<NodeId>(word("hold"), stored.nodes, isText);
  return { ...stored, nodes };
}
