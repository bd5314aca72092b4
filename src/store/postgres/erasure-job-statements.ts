import type { DamagedRow, ErasureRow, Lease, NodeRef, Remake } from "#audit";
import type { ErasureId, NodeId, SubjectId } from "#kernel";

import { orDamaged } from "../audit-json.ts";
import { ERASURE, readJob } from "./audit-rows.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";
import { timeIn, type LeaseTimes } from "./lease-time.ts";

export const JOB_FIELDS = `subject_id AS subject, erasure_id AS id, kind, reason, nodes, held,
  remake, tenant, intent_idx AS "intentIndex", started_at AS "startedAt"`;

/**
 * Rows that another process claims at this moment are passed over, not waited for: each gets
 * others, and none gets the same.
 */
const claimOf = (which: string): string => `
  UPDATE erasure SET lease_holder = $1, lease_until = ${timeIn("$3")} + $2
  WHERE (subject_id, erasure_id) IN (
    SELECT subject_id, erasure_id FROM erasure
    WHERE ${which} AND (lease_until IS NULL OR lease_until < ${timeIn("$3")})
    LIMIT $4 FOR UPDATE SKIP LOCKED)
  RETURNING ${JOB_FIELDS}`;

const CLAIM = claimOf("stage = 'pending'");
const CLAIM_REMAKES = claimOf("remake <> '[]' AND stage IN ('executed', 'final')");

const RENEW = `
  UPDATE erasure SET lease_until = ${timeIn("$2")} + $1
  WHERE subject_id = $3 AND erasure_id = $4 AND (stage = 'pending' OR remake <> '[]')
    AND lease_holder = $5
  RETURNING true AS renewed`;

const SETTLE = `
  UPDATE erasure SET remake = $3, lease_holder = NULL, lease_until = NULL
  WHERE subject_id = $1 AND erasure_id = $2 AND stage IN ('executed', 'final')`;

/** Erasures that have an intent, and who works on them. */
export function erasureJobs(database: Database, times: LeaseTimes) {
  async function claim(text: string, lease: Lease, limit: number) {
    const values = [lease.holder, ...times(lease), limit];
    const [rows] = await database.write(EVERY_SUBJECT, [{ text, values }]);
    return rows!.map((row): ErasureRow | DamagedRow => orDamaged(ERASURE, row, readJob));
  }

  return {
    claimErasures: (lease: Lease, limit: number) => claim(CLAIM, lease, limit),
    claimRemakes: (lease: Lease, limit: number) => claim(CLAIM_REMAKES, lease, limit),
    /** @param left What is still to be made. */
    async settleRemakes(subject: SubjectId, id: ErasureId, left: readonly Remake[]): Promise<void> {
      const values = [subject, id, JSON.stringify(left)];
      await database.write(subject, [{ text: SETTLE, values }]);
    },
    async renewLease(subject: SubjectId, id: ErasureId, lease: Lease): Promise<boolean> {
      const values = [...times(lease), subject, id, lease.holder];
      const [rows] = await database.write(subject, [{ text: RENEW, values }]);
      return rows!.length === 1;
    },
    async oldestPending(): Promise<number | null> {
      const text = "SELECT min(intent_idx) AS oldest FROM erasure WHERE stage = 'pending'";
      const rows = await database.read(EVERY_SUBJECT, { text, values: [] });
      return (rows[0] as { oldest: number | null }).oldest;
    },
  };
}

/** Changes of a job, each one statement. */
export const jobCalls = {
  begin(
    row: Omit<ErasureRow, "intentIndex">,
    { holder, times }: { readonly holder: Lease["holder"]; readonly times: ReturnType<LeaseTimes> },
    intentIndex: number,
  ): Call {
    return {
      text: `
        INSERT INTO erasure (subject_id, erasure_id, tenant, stage, kind, reason, nodes, held,
          remake, started_at, intent_idx, lease_holder, lease_until)
        VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10, $11, ${timeIn("$13")} + $12)`,
      values: [
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
        holder,
        ...times,
      ],
    };
  },

  /** Adds to the plan, behind what it has. One that is finished, or whole anyway, stays. */
  extend: (
    subject: SubjectId,
    id: ErasureId,
    { nodes, held }: { readonly nodes: readonly NodeRef[]; readonly held: readonly NodeId[] },
  ): Call => ({
    text: `
      UPDATE erasure SET nodes = (nodes::jsonb || $3::jsonb)::text,
        held = (held::jsonb || $4::jsonb)::text
      WHERE subject_id = $1 AND erasure_id = $2 AND stage = 'pending'`,
    values: [subject, id, JSON.stringify(nodes), JSON.stringify(held)],
  }),
};
