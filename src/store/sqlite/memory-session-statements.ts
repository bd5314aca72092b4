import type { DatabaseSync } from "node:sqlite";

import type { EpochMs, SessionId, SubjectId, Word } from "#kernel";

export interface SessionRow {
  readonly id: SessionId;
  readonly purpose: Word;
}

/** Sessions by the tag of their thread. Call from inside a transaction. */
export function memorySessionStatements(sql: DatabaseSync) {
  const select = sql.prepare(
    "SELECT session_id AS id, purpose FROM session WHERE subject_id = ? AND tag = ?",
  );
  const insert = sql.prepare("INSERT INTO session VALUES (?, ?, ?, ?, ?)");

  return {
    find(subject: SubjectId, tag: Uint8Array): SessionRow | null {
      const row = select.get(subject, tag) as SessionRow | undefined;
      return row === undefined ? null : { id: row.id, purpose: row.purpose };
    },
    insert(
      subject: SubjectId,
      tag: Uint8Array,
      { id, purpose, startedAt }: SessionRow & { readonly startedAt: EpochMs },
    ): SessionRow {
      insert.run(subject, tag, id, purpose, startedAt);
      return { id, purpose };
    },
  };
}
