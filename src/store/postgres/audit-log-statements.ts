import type { EntryType, Head, LogName, StoredEntry } from "#audit";
import { word, type SubjectId } from "#kernel";

import { onlyRow } from "../audit-json.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

const HASH_BYTES = 32;

const ENTRIES = `
  SELECT leaf.idx AS "index", leaf.type, leaf.ts, leaf.subject_id AS subject,
    leaf.leaf_hash AS hash, bytes.entry AS bytes
  FROM audit_leaf AS leaf LEFT JOIN audit_bytes AS bytes
    ON bytes.log_id = leaf.log_id AND bytes.idx = leaf.idx`;

/** Hashes in one answer, in order: one value instead of a row each. */
const hashesOf = (select: string): string =>
  `SELECT coalesce(string_agg(hash, '' ORDER BY idx), '') AS hashes FROM (${select}) AS these`;

const LEAF_HASHES = hashesOf(`
  SELECT idx, leaf_hash AS hash FROM audit_leaf WHERE log_id = $1 AND idx >= $2 AND idx < $3`);
const TILE_HASHES = hashesOf(`
  SELECT idx, hash FROM audit_hash
  WHERE log_id = $1 AND idx >= $2 AND idx < $3 AND level = $4`);

/** One log's end, with the number of the policy that its appends are compared with. */
export interface LockedHead extends Head {
  readonly policySeq: number;
}

/** The logs, as reads; and the end of bytes. */
export function logReads(database: Database) {
  return {
    async head(log: LogName): Promise<Head> {
      const [row] = await database.read<HeadRow>(EVERY_SUBJECT, {
        text: "SELECT log_id, size, frontier, policy_seq FROM audit_head WHERE log_id = $1",
        values: [log],
      });
      const { size, frontier } = asHead(onlyRow(word("audit_head"), row));
      return { size, frontier };
    },

    entries: (
      log: LogName,
      { from, limit, subject }: { from: number; limit: number; subject?: SubjectId },
    ): Promise<StoredEntry[]> =>
      subject === undefined
        ? database.read(EVERY_SUBJECT, {
            text: `${ENTRIES} WHERE leaf.log_id = $1 AND leaf.idx >= $2
              ORDER BY leaf.idx LIMIT $3`,
            values: [log, from, limit],
          })
        : database.read(subject, {
            text: `${ENTRIES} WHERE leaf.log_id = $1 AND leaf.idx >= $2 AND leaf.subject_id = $4
              ORDER BY leaf.idx LIMIT $3`,
            values: [log, from, limit, subject],
          }),

    async lastEntry(log: LogName, type: EntryType): Promise<StoredEntry | null> {
      const [row] = await database.read<StoredEntry>(EVERY_SUBJECT, {
        text: `${ENTRIES} WHERE leaf.log_id = $1 AND leaf.type = $2
          ORDER BY leaf.idx DESC LIMIT 1`,
        values: [log, type],
      });
      return row ?? null;
    },

    async hashes(log: LogName, level: number, from: number, count: number): Promise<Uint8Array> {
      const values = [log, from, from + count];
      const call =
        level === 0
          ? { text: LEAF_HASHES, values }
          : { text: TILE_HASHES, values: [...values, level] };
      return (await database.read<{ hashes: Uint8Array }>(EVERY_SUBJECT, call))[0]!.hashes;
    },

    async prune(log: LogName, before: number): Promise<number> {
      const text = `
        WITH gone AS (DELETE FROM audit_bytes WHERE log_id = $1 AND idx < $2 RETURNING 1)
        SELECT count(*) AS count FROM gone`;
      const [rows] = await database.write(EVERY_SUBJECT, [{ text, values: [log, before] }]);
      return (rows as unknown as { count: number }[])[0]!.count;
    },
  };
}

/** Locks heads in the order of their names, which every transaction does. */
export const lockHeads = (logs: readonly LogName[]): Call => ({
  text: `
    SELECT log_id, size, frontier, policy_seq FROM audit_head
    WHERE log_id = ANY($1) ORDER BY log_id FOR UPDATE`,
  values: [logs],
});

export interface HeadRow {
  readonly log_id: LogName;
  readonly size: number;
  readonly frontier: Uint8Array;
  readonly policy_seq: number;
}

export function asHead({ size, frontier, policy_seq: policySeq }: HeadRow): LockedHead {
  const roots = Array.from({ length: frontier.length / HASH_BYTES }, (_, at) =>
    frontier.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
  return { size, frontier: roots, policySeq };
}
