import type { DatabaseSync } from "node:sqlite";

import type { Lease } from "#audit";
import type { CaseKind, CaseListing, CaseRow, CaseStore } from "#cases";
import type { CaseId, EpochMs, Word } from "#kernel";

import { byDue, intactCases, readCase, TENANTS } from "../case-row.ts";
import type { Database } from "./database.ts";

/** The office's work. What it is about is in the ledger; the row says how far it is. */
export const CASE_TABLE = `
  CREATE TABLE case_file (
    case_id TEXT PRIMARY KEY, kind TEXT NOT NULL, tenant TEXT NOT NULL, subject_id TEXT,
    parent_id TEXT, state TEXT NOT NULL, step INTEGER NOT NULL, opened_at INTEGER NOT NULL,
    due_at INTEGER, closed_at INTEGER, ends_at INTEGER, facts TEXT NOT NULL, sealed BLOB,
    lease_holder TEXT, lease_until INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX case_file_newest ON case_file (tenant, kind, opened_at, case_id);
  CREATE INDEX case_file_subject ON case_file (subject_id) WHERE subject_id IS NOT NULL;
  CREATE INDEX case_file_parent ON case_file (parent_id) WHERE parent_id IS NOT NULL;
  CREATE INDEX case_file_due ON case_file (due_at)
    WHERE closed_at IS NULL AND due_at IS NOT NULL;
  CREATE INDEX case_file_end ON case_file (ends_at)
    WHERE closed_at IS NOT NULL AND ends_at IS NOT NULL;`;

const ROW = `case_id AS id, kind, tenant, subject_id AS subject, parent_id AS parent, state, step,
  opened_at AS openedAt, due_at AS dueAt, closed_at AS closedAt, ends_at AS endsAt, facts, sealed`;

/** The cases in the audit database's file. */
export function caseStore(database: Database): CaseStore {
  const { sql } = database;
  const write = <T>(work: () => T): Promise<T> => database.write(work);
  const statements = caseStatements(sql);
  const leases = caseLeases(sql);
  return {
    open: (row) => write(() => statements.insert(row)),
    load: async (tenant, id) => database.read(() => statements.load(tenant, id)),
    advance: (row) => write(() => statements.advance(row)),
    claim: (kinds, lease, limit) => write(() => leases.claim(kinds, lease, limit)),
    renew: (id, lease) => write(() => leases.renew(id, lease)),
    release: (id, lease) => write(() => leases.release(id, lease)),
    list: async (listing) => database.read(() => statements.list(listing)),
    ended: async (before, limit) => database.read(() => statements.ended(before, limit)),
    remove: (ids) => write(() => statements.remove(ids)),
    tenants: async () => database.read(() => statements.tenants()),
    filed: async (ids) => database.read(() => statements.filed(ids)),
  };
}

/** Call from inside a transaction. */
function caseStatements(sql: DatabaseSync) {
  const insert = sql.prepare(`
    INSERT INTO case_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)
    ON CONFLICT DO NOTHING`);
  const load = sql.prepare(`SELECT ${ROW} FROM case_file WHERE case_id = ? AND tenant = ?`);
  const advance = sql.prepare(`
    UPDATE case_file SET state = :state, step = :step, subject_id = :subject, due_at = :dueAt,
      closed_at = :closedAt, ends_at = :endsAt, facts = :facts, sealed = :sealed,
      lease_holder = iif(:closedAt IS NULL, lease_holder, NULL),
      lease_until = iif(:closedAt IS NULL, lease_until, NULL)
    WHERE case_id = :id AND tenant = :tenant AND step = :step - 1`);
  const list = sql.prepare(`
    SELECT ${ROW} FROM case_file
    WHERE tenant = :tenant AND kind = :kind AND (opened_at, case_id) < (:at, :id)
      AND (:subject IS NULL OR subject_id = :subject)
      AND (:parent IS NULL OR parent_id = :parent)
      AND (:open IS NULL OR (closed_at IS NULL) = :open)
    ORDER BY opened_at DESC, case_id DESC LIMIT :limit`);
  const ended = sql.prepare(`
    SELECT ${ROW} FROM case_file WHERE closed_at IS NOT NULL AND ends_at <= ?
    ORDER BY ends_at LIMIT ?`);
  const remove = sql.prepare("DELETE FROM case_file WHERE case_id = ?");
  const tenants = sql.prepare(TENANTS);
  const filed = sql.prepare("SELECT 1 FROM case_file WHERE case_id = ? AND sealed IS NOT NULL");

  return {
    insert(row: CaseRow): "opened" | "present" {
      const { id, kind, tenant, subject, parent, state, step, openedAt } = row;
      const { dueAt, closedAt, endsAt, facts, sealed } = row;
      const ids = [id, kind, tenant, subject, parent] as const;
      const times = [openedAt, dueAt, closedAt, endsAt] as const;
      const done = insert.run(...ids, state, step, ...times, JSON.stringify(facts), sealed);
      return done.changes === 1 ? "opened" : "present";
    },
    load(tenant: Word, id: CaseId): CaseRow | null {
      const row = load.get(id, tenant);
      return row === undefined ? null : readCase(row);
    },
    advance(row: CaseRow): "advanced" | "stale" {
      const { id, tenant, subject, state, step, dueAt, closedAt, endsAt, facts, sealed } = row;
      const changed = { state, step, subject, dueAt, closedAt, endsAt, sealed };
      const done = advance.run({ id, tenant, ...changed, facts: JSON.stringify(facts) });
      return done.changes === 1 ? "advanced" : "stale";
    },
    list({ tenant, kind, subject, parent, open, after, limit }: CaseListing): CaseRow[] {
      const from = { at: after?.openedAt ?? Number.MAX_SAFE_INTEGER, id: after?.id ?? "" };
      const which = { subject: subject ?? null, parent: parent ?? null };
      const state = open === undefined ? null : Number(open);
      return list.all({ tenant, kind, ...from, ...which, open: state, limit }).map(readCase);
    },
    ended: (before: EpochMs, limit: number): CaseRow[] => ended.all(before, limit).map(readCase),
    remove(ids: readonly CaseId[]): void {
      for (const id of ids) remove.run(id);
    },
    tenants: (): Word[] => tenants.all().map(({ tenant }) => tenant as Word),
    filed: (ids: readonly CaseId[]): CaseId[] => ids.filter((id) => filed.get(id) !== undefined),
  };
}

/** Who works on what. Call from inside a transaction. */
function caseLeases(sql: DatabaseSync) {
  const claim = sql.prepare(`
    UPDATE case_file SET lease_holder = ?1, lease_until = ?2
    WHERE case_id IN (
      SELECT case_id FROM case_file
      WHERE closed_at IS NULL AND due_at <= ?3 AND (lease_until IS NULL OR lease_until < ?3)
        AND kind IN (SELECT value FROM json_each(?4))
      ORDER BY due_at LIMIT ?5)
    RETURNING ${ROW}`);
  const renew = sql.prepare(
    "UPDATE case_file SET lease_until = ? WHERE case_id = ? AND lease_holder = ?",
  );
  const release = sql.prepare(`
    UPDATE case_file SET lease_holder = NULL, lease_until = NULL
    WHERE case_id = ? AND lease_holder = ?`);

  return {
    claim: (kinds: readonly CaseKind[], { holder, now, until }: Lease, limit: number) =>
      byDue(intactCases(claim.all(holder, until, now, JSON.stringify(kinds), limit))),
    renew: (id: CaseId, { holder, until }: Lease) => renew.run(until, id, holder).changes === 1,
    release: (id: CaseId, { holder }: Lease): void => void release.run(id, holder),
  };
}
