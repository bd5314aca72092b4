import type { Gate, HoldRow, PolicyState, RestrictionRow } from "#audit";
import { word, type HoldId, type RestrictionId, type SubjectId, type Word } from "#kernel";

import { onlyRow } from "../audit-json.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

/** One row always comes back: a subject without a gate row has never been narrowed. */
const GATE = `
  SELECT coalesce(gate.seq, 0) AS seq, coalesce(gate.pending, 0) AS pending,
    policy.seq AS "policySeq"
  FROM policy_state AS policy LEFT JOIN subject_gate AS gate ON gate.subject_id = $1`;

/** The gate, the policy's number, restrictions and holds, as reads. */
export function gateReads(database: Database) {
  return {
    async gate(subject: SubjectId): Promise<Gate & { readonly policySeq: number }> {
      const [row] = await database.read<Gate & { policySeq: number }>(subject, readGate(subject));
      return onlyRow(word("policy_state"), row);
    },
    async policy(): Promise<PolicyState> {
      const text = "SELECT seq, digest, json FROM policy_state";
      const [row] = await database.read<PolicyState>(EVERY_SUBJECT, { text, values: [] });
      return onlyRow(word("policy_state"), row);
    },
    async heldSubjects({ after, limit }: { after: SubjectId | null; limit: number }) {
      const text = `
        SELECT DISTINCT subject_id AS subject FROM hold WHERE nodes IS NULL AND subject_id > $1
        ORDER BY subject_id LIMIT $2`;
      const values = [after ?? "", limit];
      const rows = await database.read<{ subject: SubjectId }>(EVERY_SUBJECT, { text, values });
      return rows.map(({ subject }) => subject);
    },
    async hasHolds(): Promise<boolean> {
      const text = "SELECT EXISTS (SELECT FROM hold) AS held";
      return (await database.read<{ held: boolean }>(EVERY_SUBJECT, { text, values: [] }))[0]!.held;
    },
  };
}

export const readGate = (subject: SubjectId): Call => ({ text: GATE, values: [subject] });

/** Changes of the gate and of what stands beside it, each one statement. */
export const gateCalls = {
  bump: (subject: SubjectId, pending: -1 | 0 | 1): Call => ({
    text: `
      INSERT INTO subject_gate AS gate VALUES ($1, 1, $2)
      ON CONFLICT (subject_id) DO UPDATE
      SET seq = gate.seq + 1, pending = gate.pending + excluded.pending`,
    values: [subject, pending],
  }),

  /** The number stands in every head as well, where each append compares it. */
  setPolicy: (digest: Word, json: string): Call => ({
    text: `
      WITH moved AS (
        UPDATE policy_state SET seq = seq + 1, digest = $1, json = $2
        WHERE digest IS DISTINCT FROM $1 RETURNING seq)
      UPDATE audit_head SET policy_seq = moved.seq FROM moved`,
    values: [digest, json],
  }),

  restrict: ({ subject, id, purpose, ground, since }: RestrictionRow): Call => ({
    text: "INSERT INTO restriction VALUES ($1, $2, $3, $4, $5)",
    values: [subject, id, purpose, ground, since],
  }),
  lift: (subject: SubjectId, id: RestrictionId): Call => ({
    text: "DELETE FROM restriction WHERE subject_id = $1 AND restriction_id = $2",
    values: [subject, id],
  }),

  hold(row: HoldRow): Call {
    const { subject, id, reason, category, purpose, since } = row;
    const nodes = row.nodes === null ? null : JSON.stringify(row.nodes);
    return {
      text: "INSERT INTO hold VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      values: [subject, id, row.case, reason, nodes, category, purpose, since],
    };
  },
  release: (subject: SubjectId, id: HoldId): Call => ({
    text: "DELETE FROM hold WHERE subject_id = $1 AND hold_id = $2",
    values: [subject, id],
  }),
};
