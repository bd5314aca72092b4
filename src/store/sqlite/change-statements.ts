import type { DatabaseSync } from "node:sqlite";

import type { SubjectId } from "#kernel";

/** The change number of each subject. Call from inside a transaction. */
export function changeStatements(sql: DatabaseSync) {
  const select = sql.prepare("SELECT change FROM subject_change WHERE subject_id = ?");
  const bump = sql.prepare(`
    INSERT INTO subject_change VALUES (?, 1) ON CONFLICT DO UPDATE SET change = change + 1
    RETURNING change`);

  return {
    read: (subject: SubjectId): number =>
      (select.get(subject) as { change: number } | undefined)?.change ?? 0,
    /** Answers the new number: the one that rows of this transaction carry. */
    bump: (subject: SubjectId): number => (bump.get(subject) as { change: number }).change,
  };
}

export type ChangeStatements = ReturnType<typeof changeStatements>;
