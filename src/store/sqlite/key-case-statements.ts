import type { DatabaseSync } from "node:sqlite";

import type { CaseId, EpochMs } from "#kernel";
import type { CaseKeyRow, Page, Rewrapped } from "#keys";

import type { KeyEpochStatements } from "./key-epoch-statements.ts";

type Inserted = "inserted" | "present" | "epoch-changed";

const ROW = "case_id AS id, tenant, epoch, created_at AS createdAt, wrapped";

/** Cases' keys. Call from inside a transaction. */
export function keyCaseStatements(sql: DatabaseSync, epochs: KeyEpochStatements) {
  const select = sql.prepare(`SELECT ${ROW} FROM case_key WHERE case_id = ?`);
  const insert = sql.prepare("INSERT INTO case_key VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const remove = sql.prepare("DELETE FROM case_key WHERE case_id = ? RETURNING epoch");
  const selectUnder = sql.prepare(`
    SELECT ${ROW} FROM case_key WHERE epoch = ? AND case_id > ? ORDER BY case_id LIMIT ?`);
  const selectBefore = sql.prepare(`
    SELECT case_id AS id FROM case_key WHERE created_at < ? AND case_id > ?
    ORDER BY case_id LIMIT ?`);
  const rewrap = sql.prepare(
    "UPDATE case_key SET epoch = ?, wrapped = ? WHERE case_id = ? AND epoch = ?",
  );

  return {
    get: (id: CaseId) => (select.get(id) as CaseKeyRow | undefined) ?? null,
    insert({ id, tenant, epoch, createdAt, wrapped }: CaseKeyRow): Inserted {
      if (!epochs.isActive(epoch)) return "epoch-changed";
      const done = insert.run(id, tenant, epoch, createdAt, wrapped);
      return done.changes === 1 ? "inserted" : "present";
    },
    remove(id: CaseId): number {
      const row = remove.get(id) as { epoch: number } | undefined;
      return row?.epoch ?? epochs.active() ?? 0;
    },
    under: (epoch: number, { after, limit }: Page<CaseId>): CaseKeyRow[] =>
      selectUnder.all(epoch, after ?? "", limit) as unknown as CaseKeyRow[],
    madeBefore: (before: EpochMs, { after, limit }: Page<CaseId>): CaseId[] =>
      selectBefore.all(before, after ?? "", limit).map(({ id }) => id as CaseId),
    rewrap(moves: readonly (Rewrapped & { readonly id: CaseId })[]): void {
      for (const { id, from, to, wrapped } of moves) rewrap.run(to, wrapped, id, from);
    },
  };
}
