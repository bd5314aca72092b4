import type { SubjectId } from "#kernel";
import type { EvidenceKeyRow, Page, Rewrapped, TagKeyRow } from "#keys";

import { EVERY_SUBJECT, type Call, type Database, type Scope } from "./database.ts";
import { lockActive } from "./key-epoch-statements.ts";

export type Inserted = "inserted" | "present" | "epoch-changed";

/** Tenants' tag keys. */
export function keyTags(database: Database) {
  return {
    async tagKey(tenant: string): Promise<TagKeyRow | null> {
      const text = "SELECT tenant, epoch, wrapped FROM tag_key WHERE tenant = $1";
      const [row] = await database.read<TagKeyRow>(EVERY_SUBJECT, { text, values: [tenant] });
      return row ?? null;
    },

    insertTagKey({ tenant, epoch, wrapped }: TagKeyRow): Promise<Inserted> {
      const text = `
        INSERT INTO tag_key SELECT $1, $2, $3 WHERE ${activeEpoch("$2")}
        ON CONFLICT DO NOTHING RETURNING epoch`;
      const insert = { text, values: [tenant, epoch, wrapped] };
      return insertUnder(database, EVERY_SUBJECT, epoch, insert);
    },

    tagKeysUnder(epoch: number, { after, limit }: Page<string>): Promise<readonly TagKeyRow[]> {
      const text = `
        SELECT tenant, epoch, wrapped FROM tag_key WHERE epoch = $1 AND tenant > $2
        ORDER BY tenant LIMIT $3`;
      const values = [epoch, after ?? "", limit];
      return database.read<TagKeyRow>(EVERY_SUBJECT, { text, values });
    },

    async rewrapTagKeys(moves: readonly (Rewrapped & { readonly tenant: string })[]) {
      const tenants = moves.map(({ tenant }) => tenant);
      await database.write(EVERY_SUBJECT, rewrapCalls("tag_key", "tenant", tenants, moves));
    },
  };
}

/** Subjects' evidence keys. */
export function keyEvidence(database: Database) {
  const columns = "subject_id AS subject, tenant, epoch, wrapped";
  return {
    async evidenceKey(subject: SubjectId): Promise<EvidenceKeyRow | null> {
      const text = `SELECT ${columns} FROM evidence_key WHERE subject_id = $1`;
      const [row] = await database.read<EvidenceKeyRow>(subject, { text, values: [subject] });
      return row ?? null;
    },

    insertEvidenceKey({ subject, tenant, epoch, wrapped }: EvidenceKeyRow): Promise<Inserted> {
      const text = `
        INSERT INTO evidence_key SELECT $1, $2, $3, $4 WHERE ${activeEpoch("$3")}
        ON CONFLICT DO NOTHING RETURNING epoch`;
      const insert = { text, values: [subject, tenant, epoch, wrapped] };
      return insertUnder(database, subject, epoch, insert);
    },

    async deleteEvidenceKey(subject: SubjectId): Promise<number> {
      const remove = "DELETE FROM evidence_key WHERE subject_id = $1 RETURNING epoch";
      const active = "SELECT epoch FROM epoch_key WHERE state = 'active'";
      const [removed, now] = await database.write(subject, [
        { text: remove, values: [subject] },
        { text: active, values: [] },
      ]);
      const row = removed![0] ?? now![0];
      return (row?.["epoch"] as number | undefined) ?? 0;
    },

    evidenceKeysUnder(
      epoch: number,
      { after, limit }: Page<SubjectId>,
    ): Promise<readonly EvidenceKeyRow[]> {
      const text = `
        SELECT ${columns} FROM evidence_key WHERE epoch = $1 AND subject_id > $2
        ORDER BY subject_id LIMIT $3`;
      const values = [epoch, after ?? "", limit];
      return database.read<EvidenceKeyRow>(EVERY_SUBJECT, { text, values });
    },

    async rewrapEvidenceKeys(moves: readonly (Rewrapped & { readonly subject: SubjectId })[]) {
      const subjects = moves.map(({ subject }) => subject);
      const calls = rewrapCalls("evidence_key", "subject_id", subjects, moves);
      await database.write(EVERY_SUBJECT, calls);
    },
  };
}

export const activeEpoch = (epoch: string): string =>
  `EXISTS (SELECT FROM epoch_key WHERE epoch = ${epoch} AND state = 'active')`;

/** One round trip: locks the epoch, then inserts if it is the active one, as it stays until then. */
export async function insertUnder(
  database: Database,
  scope: Scope,
  epoch: number,
  insert: Call,
): Promise<Inserted> {
  const [active, inserted] = await database.write(scope, [lockActive(epoch), insert]);
  if (active!.length === 0) return "epoch-changed";
  return inserted!.length === 1 ? "inserted" : "present";
}

/** A statement a row, in the order of their ids: two that move the same never form a ring. */
export function rewrapCalls(
  table: "tag_key" | "evidence_key" | "case_key",
  id: "tenant" | "subject_id" | "case_id",
  ids: readonly string[],
  moves: readonly Rewrapped[],
): Call[] {
  const text = `UPDATE ${table} SET epoch = $3, wrapped = $4 WHERE ${id} = $1 AND epoch = $2`;
  return ids
    .map((each, at) => ({ each, move: moves[at]! }))
    .sort((a, b) => (a.each < b.each ? -1 : 1))
    .map(({ each, move: { from, to, wrapped } }) => ({ text, values: [each, from, to, wrapped] }));
}
