import type { CaseId, EpochMs } from "#kernel";
import type { CaseKeyRow, Page, Rewrapped } from "#keys";

import { EVERY_SUBJECT, type Database } from "./database.ts";
import { activeEpoch, insertUnder, rewrapCalls, type Inserted } from "./key-tag-statements.ts";

const ROW = `case_id AS id, tenant, epoch, created_at AS "createdAt", wrapped`;

/** Cases' keys. */
export function keyCases(database: Database) {
  return {
    async caseKey(id: CaseId): Promise<CaseKeyRow | null> {
      const text = `SELECT ${ROW} FROM case_key WHERE case_id = $1`;
      const [row] = await database.read<CaseKeyRow>(EVERY_SUBJECT, { text, values: [id] });
      return row ?? null;
    },

    insertCaseKey({ id, tenant, epoch, createdAt, wrapped }: CaseKeyRow): Promise<Inserted> {
      const text = `
        INSERT INTO case_key SELECT $1, $2, $3, $4, $5 WHERE ${activeEpoch("$3")}
        ON CONFLICT DO NOTHING RETURNING epoch`;
      const insert = { text, values: [id, tenant, epoch, createdAt, wrapped] };
      return insertUnder(database, EVERY_SUBJECT, epoch, insert);
    },

    async deleteCaseKey(id: CaseId): Promise<number> {
      const [removed, now] = await database.write(EVERY_SUBJECT, [
        { text: "DELETE FROM case_key WHERE case_id = $1 RETURNING epoch", values: [id] },
        { text: "SELECT epoch FROM epoch_key WHERE state = 'active'", values: [] },
      ]);
      const row = removed![0] ?? now![0];
      return (row?.["epoch"] as number | undefined) ?? 0;
    },

    async casesWithKey(before: EpochMs, { after, limit }: Page<CaseId>): Promise<CaseId[]> {
      const text = `
        SELECT case_id AS id FROM case_key WHERE created_at < $1 AND case_id > $2
        ORDER BY case_id LIMIT $3`;
      const values = [before, after ?? "", limit];
      const rows = await database.read<{ id: CaseId }>(EVERY_SUBJECT, { text, values });
      return rows.map(({ id }) => id);
    },

    caseKeysUnder(epoch: number, { after, limit }: Page<CaseId>): Promise<readonly CaseKeyRow[]> {
      const text = `
        SELECT ${ROW} FROM case_key WHERE epoch = $1 AND case_id > $2 ORDER BY case_id LIMIT $3`;
      const values = [epoch, after ?? "", limit];
      return database.read<CaseKeyRow>(EVERY_SUBJECT, { text, values });
    },

    async rewrapCaseKeys(moves: readonly (Rewrapped & { readonly id: CaseId })[]) {
      const ids = moves.map(({ id }) => id);
      await database.write(EVERY_SUBJECT, rewrapCalls("case_key", "case_id", ids, moves));
    },
  };
}
