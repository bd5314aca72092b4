import type { ConsentRow, GateRows, RestrictionRow, SubjectFacts } from "#audit";
import { word, type SubjectId, type Word } from "#kernel";

import { onlyRow } from "../audit-json.ts";
import { readErasure, readHold, readJob } from "./audit-rows.ts";
import { CONSENT_FIELDS } from "./consent-statements.ts";
import { EVERY_SUBJECT, type Database, type Row } from "./database.ts";
import { JOB_FIELDS } from "./erasure-job-statements.ts";

const listOf = (select: string): string =>
  `(SELECT coalesce(json_agg(each), '[]') FROM (${select}) AS each)`;

const LATEST_CONSENTS = listOf(`
  SELECT DISTINCT ON (purpose) ${CONSENT_FIELDS} FROM consent
  WHERE subject_id = $1 ORDER BY purpose, collected_at DESC, idx DESC`);
const CONSENTS = listOf(`
  SELECT ${CONSENT_FIELDS} FROM consent WHERE subject_id = $1 ORDER BY collected_at, idx`);
const RESTRICTIONS = listOf(`
  SELECT subject_id AS subject, restriction_id AS id, purpose, ground, since FROM restriction
  WHERE subject_id = $1 ORDER BY since, restriction_id`);
const HOLDS = listOf(`
  SELECT subject_id AS subject, hold_id AS id, case_code AS "case", reason, nodes, category,
    purpose, since
  FROM hold WHERE subject_id = $1 ORDER BY since, hold_id`);
const JOBS = listOf(`
  SELECT ${JOB_FIELDS} FROM erasure
  WHERE subject_id = $1 AND stage = 'pending' ORDER BY intent_idx`);
const ERASURES = listOf(`
  SELECT subject_id AS subject, erasure_id AS id, kind, reason, nodes, held, tenant,
    intent_idx AS "intentIndex", stage, executed_idx AS "executedIndex",
    final_idx AS "finalIndex", epoch, started_at AS "startedAt"
  FROM erasure WHERE subject_id = $1 ORDER BY intent_idx`);

/** One statement each, so one snapshot: nothing that it reads can be of another moment. */
const FACTS = `
  SELECT coalesce(gate.seq, 0) AS seq, coalesce(gate.pending, 0) AS pending,
    policy.seq AS "policySeq", ${LATEST_CONSENTS} AS consents, ${RESTRICTIONS} AS restrictions,
    ${HOLDS} AS holds, ${JOBS} AS jobs,
    EXISTS (SELECT FROM erasure
      WHERE subject_id = $1 AND kind = 'erase' AND stage <> 'aborted') AS erased
  FROM policy_state AS policy LEFT JOIN subject_gate AS gate ON gate.subject_id = $1`;
const ROWS = `
  SELECT head.size, coalesce(gate.seq, 0) AS seq, coalesce(gate.pending, 0) AS pending,
    ${CONSENTS} AS consents, ${RESTRICTIONS} AS restrictions, ${HOLDS} AS holds,
    ${ERASURES} AS erasures
  FROM audit_head AS head LEFT JOIN subject_gate AS gate ON gate.subject_id = $1
  WHERE head.log_id = 'ledger'`;

/** Where a subject may be named. The ledger too: a row that was taken away is told by it alone. */
const NAMED = [
  "SELECT subject_id FROM audit_leaf WHERE log_id = 'ledger'",
  // Every append makes the row that it locks; one that never moved says nothing.
  "SELECT subject_id FROM subject_gate WHERE seq <> 0 OR pending <> 0",
  ...["consent", "restriction", "hold", "erasure"].map(
    (table) => `SELECT subject_id FROM ${table}`,
  ),
];
const SUBJECTS = `
  SELECT subject_id AS subject FROM (${NAMED.join(" UNION ")}) AS named
  WHERE subject_id > $1 ORDER BY subject_id LIMIT $2`;

interface FactsRow {
  readonly seq: number;
  readonly pending: number;
  readonly policySeq: number;
  readonly size: number;
  readonly consents: readonly ConsentRow[];
  readonly restrictions: readonly RestrictionRow[];
  readonly holds: readonly Row[];
  readonly jobs: readonly Row[];
  readonly erasures: readonly Row[];
  readonly erased: boolean;
}

/** Everything gates read of a subject; and what a check of it reads. */
export function factsReads(database: Database) {
  const read = async (subject: SubjectId, text: string, of: Word): Promise<FactsRow> => {
    const [row] = await database.read<FactsRow>(subject, { text, values: [subject] });
    return onlyRow(of, row);
  };

  return {
    async facts(subject: SubjectId): Promise<SubjectFacts> {
      const row = await read(subject, FACTS, word("policy_state"));
      const { seq, pending, policySeq, consents, restrictions, erased } = row;
      const jobs = row.jobs.map(readJob);
      const holds = row.holds.map(readHold);
      const gate = { seq, pending };
      return { gate, policySeq, consents, restrictions, holds, pending: jobs, erased };
    },

    async gateRows(subject: SubjectId): Promise<GateRows> {
      const row = await read(subject, ROWS, word("audit_head"));
      const { size, seq, pending, consents, restrictions } = row;
      const holds = row.holds.map(readHold);
      const erasures = row.erasures.map(readErasure);
      return { size, gate: { seq, pending }, consents, restrictions, holds, erasures };
    },

    async gateSubjects(page: {
      readonly after: SubjectId | null;
      readonly limit: number;
    }): Promise<readonly SubjectId[]> {
      const call = { text: SUBJECTS, values: [page.after ?? "", page.limit] };
      const rows = await database.read<{ subject: SubjectId }>(EVERY_SUBJECT, call);
      return rows.map(({ subject }) => subject);
    },
  };
}
