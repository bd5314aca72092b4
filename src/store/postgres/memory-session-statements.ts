import type { EpochMs, SessionId, SubjectId, Word } from "#kernel";

import { lockSubject } from "./change-statements.ts";
import type { Call, Database, Row } from "./database.ts";

export interface SessionRow {
  readonly id: SessionId;
  readonly purpose: Word;
}

/** Always one row. */
const FIND = `
  SELECT EXISTS (SELECT FROM subject_fence WHERE subject_id = $1) AS fenced,
    session.session_id AS id, session.purpose
  FROM (VALUES ($1)) AS asked (subject_id)
  LEFT JOIN session ON session.subject_id = $1 AND session.tag = $2`;

const INSERT = `
  INSERT INTO session (subject_id, tag, session_id, purpose, started_at)
  SELECT $1, $2, $3, $4, $5
  WHERE NOT EXISTS (SELECT FROM subject_fence WHERE subject_id = $1)
  ON CONFLICT DO NOTHING`;

/** Sessions by the tag of their thread. */
export function memorySessions(database: Database) {
  return {
    async session(
      subject: SubjectId,
      tag: Uint8Array,
      { id, purpose, startedAt }: SessionRow & { readonly startedAt: EpochMs },
    ): Promise<SessionRow | "fenced"> {
      const find: Call = { text: FIND, values: [subject, tag] };
      // Most calls come with a thread that is known: they need no lock, and no flush to disk.
      const found = sessionIn(await database.read(subject, find));
      if (found) return found;
      const insert: Call = { text: INSERT, values: [subject, tag, id, purpose, startedAt] };
      const answers = await database.write(subject, [...lockSubject(subject), insert, find]);
      return sessionIn(answers.at(-1)!)!;
    },
  };
}

function sessionIn(rows: readonly Row[]): SessionRow | "fenced" | null {
  const { fenced, id, purpose } = rows[0] as unknown as SessionRow & { fenced: boolean };
  if (fenced) return "fenced";
  return id === null ? null : { id, purpose };
}
