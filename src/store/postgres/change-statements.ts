import type { SubjectId } from "#kernel";

import type { Call, Database } from "./database.ts";

/*
 * Why working sets are coherent, under READ COMMITTED and between processes.
 *
 * - Every write of a subject's rows begins by locking its row of `subject_change`, and keeps that
 *   lock until its commit: writers of one subject come one after another, those of different
 *   subjects do not meet. So no change number is given twice, none is skipped, and numbers are in
 *   the order of commits: whoever is given n waited for the commit of n - 1. A write that fails
 *   takes its number with it.
 * - What a write looks at (fences, tags, sources, revisions) it looks at in statements behind the
 *   lock. Each has a snapshot of its own, taken after the lock was granted, so it sees all that
 *   earlier holders committed, and nobody can change it before this write commits.
 * - A write's number and its rows become visible at once, with its commit. A transaction that waited
 *   for another is in no snapshot without it. So a snapshot that holds number n holds all rows of
 *   the numbers up to n, and none above it.
 * - `load` and `heads` read the number and the rows in one statement, that is, in one snapshot.
 * - Where the server's default isolation is stricter, a statement behind the lock would see what was
 *   before it; but then locking a row that has changed since is an error, and the write runs again.
 *
 * Locks are taken in one order: one subject's row, then that subject's rows, then replay fences by
 * their tags. Only the sweep holds several subjects' rows, by their ids, and no fences with them. So
 * no two wait for each other in a ring.
 */

/** Makes and locks the row that all writes of a subject wait at. Answers the number. */
export const lockSubject = (subject: SubjectId): readonly [Call, Call] => [
  {
    text: `
      INSERT INTO subject_change (subject_id, change) VALUES ($1, 0) ON CONFLICT DO NOTHING`,
    values: [subject],
  },
  {
    text: "SELECT change FROM subject_change WHERE subject_id = $1 FOR UPDATE",
    values: [subject],
  },
];

/** Rows of this transaction carry the new number. */
export const bumpChange = (subject: SubjectId): Call => ({
  text: "UPDATE subject_change SET change = change + 1 WHERE subject_id = $1",
  values: [subject],
});

export function changeReads(database: Database) {
  return {
    async change(subject: SubjectId): Promise<number> {
      const text = "SELECT change FROM subject_change WHERE subject_id = $1";
      const [row] = await database.read<{ change: number }>(subject, { text, values: [subject] });
      return row?.change ?? 0;
    },
  };
}
