import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";
import type { DirectoryRow, Found, Page, Registered, Registration } from "#keys";

import type { KeyEpochStatements } from "./key-epoch-statements.ts";

const COLUMNS = "tenant, lookup, epoch, subject_id AS subject, sealed";

/** The directory, and the registration of a subject. Call from inside a transaction. */
export function keyDirectoryStatements(sql: DatabaseSync, epochs: KeyEpochStatements) {
  const selectSubject = sql.prepare(
    "SELECT subject_id AS subject FROM directory WHERE tenant = ? AND lookup = ?",
  );
  const insert = sql.prepare("INSERT INTO directory VALUES (?, ?, ?, ?, ?)");
  const insertSubjectKey = sql.prepare("INSERT INTO subject_key VALUES (?, ?, 1, ?, ?, 0)");
  const selectRow = sql.prepare(`SELECT ${COLUMNS} FROM directory WHERE subject_id = ?`);
  const remove = sql.prepare("DELETE FROM directory WHERE subject_id = ? RETURNING epoch");
  const under = sql.prepare(`
    SELECT ${COLUMNS} FROM directory WHERE epoch = ? AND subject_id > ?
    ORDER BY subject_id LIMIT ?`);
  const move = sql.prepare(`
    UPDATE directory SET lookup = ?, epoch = ?, sealed = ?
    WHERE tenant = ? AND lookup = ? AND epoch = ?`);

  function lookUp(tenant: string, lookups: readonly Uint8Array[]): SubjectId | null {
    for (const lookup of lookups) {
      const row = selectSubject.get(tenant, lookup) as { subject: SubjectId } | undefined;
      if (row !== undefined) return row.subject;
    }
    return null;
  }

  return {
    find(tenant: string, activeEpoch: number, lookups: readonly Uint8Array[]): Found {
      if (!epochs.isActive(activeEpoch)) return { outcome: "epoch-changed" };
      const subject = lookUp(tenant, lookups);
      return subject === null ? { outcome: "absent" } : { outcome: "found", subject };
    },
    register(entry: Registration): Registered {
      const { tenant, subject, epoch, lookup, olderLookups, sealed, wrapped } = entry;
      if (!epochs.isActive(epoch)) return { outcome: "epoch-changed" };
      const known = lookUp(tenant, [lookup, ...olderLookups]);
      if (known !== null) return { outcome: "found", subject: known };
      insert.run(tenant, lookup, epoch, subject, sealed);
      insertSubjectKey.run(subject, tenant, epoch, wrapped);
      return { outcome: "created" };
    },
    row: (subject: SubjectId): DirectoryRow | null =>
      (selectRow.get(subject) as DirectoryRow | undefined) ?? null,
    forget(subject: SubjectId): number {
      const row = remove.get(subject) as { epoch: number } | undefined;
      return row?.epoch ?? epochs.active() ?? 0;
    },
    under: (epoch: number, { after, limit }: Page<SubjectId>): DirectoryRow[] =>
      under.all(epoch, after ?? "", limit) as unknown as DirectoryRow[],
    move(moves: readonly { readonly from: DirectoryRow; readonly to: DirectoryRow }[]): void {
      for (const { from, to } of moves) {
        move.run(to.lookup, to.epoch, to.sealed, from.tenant, from.lookup, from.epoch);
      }
    },
  };
}
