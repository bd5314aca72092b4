import type { Lease } from "#audit";
import type { CaseKind, CaseListing, CaseRow, CaseStore } from "#cases";
import type { CaseId, EpochMs, Word } from "#kernel";

import { byDue, intactCases, readCase, TENANTS } from "../case-row.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";
import { timeIn, type LeaseTimes } from "./lease-time.ts";

const ID = 'text COLLATE "C"';

/** The office's work. What it is about is in the ledger; the row says how far it is. */
export const CASE_TABLE = `
  CREATE TABLE case_file (
    case_id ${ID} PRIMARY KEY, kind ${ID} NOT NULL, tenant ${ID} NOT NULL, subject_id ${ID},
    parent_id ${ID}, state text NOT NULL, step bigint NOT NULL, opened_at bigint NOT NULL,
    due_at bigint, closed_at bigint, ends_at bigint, facts text NOT NULL, sealed bytea,
    lease_holder text, lease_until bigint
  );
  CREATE INDEX case_file_newest ON case_file (tenant, kind, opened_at, case_id);
  CREATE INDEX case_file_subject ON case_file (subject_id) WHERE subject_id IS NOT NULL;
  CREATE INDEX case_file_parent ON case_file (parent_id) WHERE parent_id IS NOT NULL;
  CREATE INDEX case_file_due ON case_file (due_at)
    WHERE closed_at IS NULL AND due_at IS NOT NULL;
  CREATE INDEX case_file_end ON case_file (ends_at)
    WHERE closed_at IS NOT NULL AND ends_at IS NOT NULL;`;

/** A person's listing sees that person's rows alone; the rest is work for everybody. */
export const CASE_RIGHTS = {
  grant: "SELECT, INSERT, UPDATE, DELETE",
  guard: "subject_id",
} as const;

const ROW = `case_id AS id, kind, tenant, subject_id AS subject, parent_id AS parent, state, step,
  opened_at AS "openedAt", due_at AS "dueAt", closed_at AS "closedAt", ends_at AS "endsAt", facts,
  sealed`;

const OPEN = `
  INSERT INTO case_file VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT DO NOTHING RETURNING true AS opened`;

const ADVANCE = `
  UPDATE case_file SET state = $4, step = $3, subject_id = $5, due_at = $6, closed_at = $7,
    ends_at = $8, facts = $9, sealed = $10,
    lease_holder = CASE WHEN $7::bigint IS NULL THEN lease_holder END,
    lease_until = CASE WHEN $7::bigint IS NULL THEN lease_until END
  WHERE case_id = $1 AND tenant = $2 AND step = $3::bigint - 1
  RETURNING true AS advanced`;

/** Rows that another process claims at this moment are passed over, not waited for. */
const CLAIM = `
  UPDATE case_file SET lease_holder = $1, lease_until = ${timeIn("$3")} + $2
  WHERE case_id IN (
    SELECT case_id FROM case_file
    WHERE closed_at IS NULL AND due_at <= $4
      AND (lease_until IS NULL OR lease_until < ${timeIn("$3")}) AND kind = ANY ($5)
    ORDER BY due_at LIMIT $6 FOR UPDATE SKIP LOCKED)
  RETURNING ${ROW}`;

const RENEW = `
  UPDATE case_file SET lease_until = ${timeIn("$2")} + $1 WHERE case_id = $3 AND lease_holder = $4
  RETURNING true AS renewed`;

const RELEASE = `
  UPDATE case_file SET lease_holder = NULL, lease_until = NULL
  WHERE case_id = $1 AND lease_holder = $2`;

const LIST = `
  SELECT ${ROW} FROM case_file
  WHERE tenant = $1 AND kind = $2 AND (opened_at, case_id) < ($3, $4)
    AND ($5::text IS NULL OR subject_id = $5) AND ($6::text IS NULL OR parent_id = $6)
    AND ($7::boolean IS NULL OR (closed_at IS NULL) = $7)
  ORDER BY opened_at DESC, case_id DESC LIMIT $8`;

const ENDED = `
  SELECT ${ROW} FROM case_file WHERE closed_at IS NOT NULL AND ends_at <= $1
  ORDER BY ends_at LIMIT $2`;

const REMOVE = "DELETE FROM case_file WHERE case_id = ANY ($1)";
const FILED = "SELECT case_id AS id FROM case_file WHERE case_id = ANY ($1) AND sealed IS NOT NULL";

/** The cases in the audit schema. */
export function caseStore(database: Database, times: LeaseTimes): CaseStore {
  const read = <Row>(text: string, values: Call["values"]) =>
    database.read<Row>(EVERY_SUBJECT, { text, values });
  const write = async (text: string, values: Call["values"]) =>
    (await database.write(EVERY_SUBJECT, [{ text, values }]))[0]!;

  return {
    async open(row: CaseRow): Promise<"opened" | "present"> {
      const { id, kind, tenant, subject, parent, state, step, openedAt } = row;
      const { dueAt, closedAt, endsAt, facts, sealed } = row;
      const ids = [id, kind, tenant, subject, parent];
      const times = [openedAt, dueAt, closedAt, endsAt];
      const values = [...ids, state, step, ...times, JSON.stringify(facts), sealed];
      return (await write(OPEN, values)).length === 1 ? "opened" : "present";
    },
    async load(tenant: Word, id: CaseId): Promise<CaseRow | null> {
      const text = `SELECT ${ROW} FROM case_file WHERE case_id = $1 AND tenant = $2`;
      const [row] = await read(text, [id, tenant]);
      return row === undefined ? null : readCase(row);
    },
    async advance(row: CaseRow): Promise<"advanced" | "stale"> {
      const { id, tenant, step, state, subject, dueAt, closedAt, endsAt, facts, sealed } = row;
      const changed = [state, subject, dueAt, closedAt, endsAt, JSON.stringify(facts), sealed];
      const rows = await write(ADVANCE, [id, tenant, step, ...changed]);
      return rows.length === 1 ? "advanced" : "stale";
    },
    async claim(kinds: readonly CaseKind[], lease: Lease, limit: number) {
      const { holder, now } = lease;
      const values = [holder, ...times(lease), now, kinds, limit];
      return byDue(intactCases(await write(CLAIM, values)));
    },
    renew: async (id: CaseId, lease: Lease) =>
      (await write(RENEW, [...times(lease), id, lease.holder])).length === 1,
    release: async (id: CaseId, { holder }: Lease) => void (await write(RELEASE, [id, holder])),
    async list({ tenant, kind, subject, parent, open, after, limit }: CaseListing) {
      const from = [after?.openedAt ?? Number.MAX_SAFE_INTEGER, after?.id ?? ""];
      const which = [subject ?? null, parent ?? null, open ?? null];
      const values = [tenant, kind, ...from, ...which, limit];
      return (await database.read(subject ?? EVERY_SUBJECT, { text: LIST, values })).map(readCase);
    },
    ended: async (before: EpochMs, limit: number) =>
      (await read(ENDED, [before, limit])).map(readCase),
    remove: async (ids) => void (await write(REMOVE, [ids])),
    tenants: async () => (await read<{ tenant: Word }>(TENANTS, [])).map(({ tenant }) => tenant),
    async filed(ids: readonly CaseId[]) {
      const found = new Set((await read<{ id: CaseId }>(FILED, [ids])).map(({ id }) => id));
      return ids.filter((id) => found.has(id));
    },
  };
}
