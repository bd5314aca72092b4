import type { NodeId, SubjectId } from "#kernel";
import { fencedKey, type FenceRow, type Shred, type ShredRef } from "#keys";

import type { Call, Database } from "./database.ts";

/** Fences and shreds, each one round trip. */
export function keyShreds(database: Database) {
  async function shred(subject: SubjectId, call: Call): Promise<number> {
    const [rows] = await database.write(subject, [call]);
    return rows![0]!["epoch"] as number;
  }

  return {
    shredNodes({ subject, at, ledgerIndex }: Shred, refs: readonly ShredRef[]): Promise<number> {
      const text = "SELECT shred_nodes($1, $2, $3, $4::text[], $5::text[]) AS epoch";
      const values = [subject, at, ledgerIndex, refs.map(fencedKey), refs.map(({ node }) => node)];
      return shred(subject, { text, values });
    },

    shredSubject({ subject, at, ledgerIndex }: Shred, held: readonly NodeId[]): Promise<number> {
      const text = "SELECT shred_subject($1, $2, $3, $4::text[]) AS epoch";
      return shred(subject, { text, values: [subject, at, ledgerIndex, held] });
    },

    async purgeSubject(subject: SubjectId, limit: number): Promise<number> {
      const text = `
        DELETE FROM node_key WHERE subject_id = $1
          AND NOT EXISTS (SELECT FROM subject_key WHERE subject_id = $1)
          AND (node_id, revision) IN (
            SELECT node_id, revision FROM node_key WHERE subject_id = $1 LIMIT $2)
        RETURNING revision`;
      const [rows] = await database.write(subject, [{ text, values: [subject, limit] }]);
      return rows!.length;
    },

    fences(subject: SubjectId): Promise<readonly FenceRow[]> {
      const text = `
        SELECT key_id AS key, erased_at AS "erasedAt", ledger_index AS "ledgerIndex", epoch
        FROM key_fence WHERE subject_id = $1 ORDER BY key_id`;
      return database.read<FenceRow>(subject, { text, values: [subject] });
    },
  };
}
