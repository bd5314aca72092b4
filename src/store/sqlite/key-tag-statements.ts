import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";
import type { EvidenceKeyRow, Page, Rewrapped, TagKeyRow } from "#keys";

import type { KeyEpochStatements } from "./key-epoch-statements.ts";

type Inserted = "inserted" | "present" | "epoch-changed";

/** Tenants' tag keys. Call from inside a transaction. */
export function keyTagStatements(sql: DatabaseSync, epochs: KeyEpochStatements) {
  const select = sql.prepare("SELECT tenant, epoch, wrapped FROM tag_key WHERE tenant = ?");
  const insert = sql.prepare("INSERT INTO tag_key VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const selectUnder = sql.prepare(`
    SELECT tenant, epoch, wrapped FROM tag_key WHERE epoch = ? AND tenant > ?
    ORDER BY tenant LIMIT ?`);
  const rewrap = sql.prepare(
    "UPDATE tag_key SET epoch = ?, wrapped = ? WHERE tenant = ? AND epoch = ?",
  );

  return {
    get: (tenant: string) => (select.get(tenant) as TagKeyRow | undefined) ?? null,
    insert({ tenant, epoch, wrapped }: TagKeyRow): Inserted {
      if (!epochs.isActive(epoch)) return "epoch-changed";
      return insert.run(tenant, epoch, wrapped).changes === 1 ? "inserted" : "present";
    },
    under: (epoch: number, { after, limit }: Page<string>): TagKeyRow[] =>
      selectUnder.all(epoch, after ?? "", limit) as unknown as TagKeyRow[],
    rewrap(moves: readonly (Rewrapped & { readonly tenant: string })[]): void {
      for (const { tenant, from, to, wrapped } of moves) rewrap.run(to, wrapped, tenant, from);
    },
  };
}

/** Subjects' evidence keys. Call from inside a transaction. */
export function keyEvidenceStatements(sql: DatabaseSync, epochs: KeyEpochStatements) {
  const columns = "subject_id AS subject, tenant, epoch, wrapped";
  const select = sql.prepare(`SELECT ${columns} FROM evidence_key WHERE subject_id = ?`);
  const insert = sql.prepare("INSERT INTO evidence_key VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const remove = sql.prepare("DELETE FROM evidence_key WHERE subject_id = ? RETURNING epoch");
  const selectUnder = sql.prepare(`
    SELECT ${columns} FROM evidence_key WHERE epoch = ? AND subject_id > ?
    ORDER BY subject_id LIMIT ?`);
  const rewrap = sql.prepare(
    "UPDATE evidence_key SET epoch = ?, wrapped = ? WHERE subject_id = ? AND epoch = ?",
  );

  return {
    get: (subject: SubjectId) => (select.get(subject) as EvidenceKeyRow | undefined) ?? null,
    insert({ subject, tenant, epoch, wrapped }: EvidenceKeyRow): Inserted {
      if (!epochs.isActive(epoch)) return "epoch-changed";
      return insert.run(subject, tenant, epoch, wrapped).changes === 1 ? "inserted" : "present";
    },
    remove(subject: SubjectId): number {
      const row = remove.get(subject) as { epoch: number } | undefined;
      return row?.epoch ?? epochs.active() ?? 0;
    },
    under: (epoch: number, { after, limit }: Page<SubjectId>): EvidenceKeyRow[] =>
      selectUnder.all(epoch, after ?? "", limit) as unknown as EvidenceKeyRow[],
    rewrap(moves: readonly (Rewrapped & { readonly subject: SubjectId })[]): void {
      for (const { subject, from, to, wrapped } of moves) rewrap.run(to, wrapped, subject, from);
    },
  };
}
