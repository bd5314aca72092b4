import { appendLeaf, leafHash, type Head, type LogName, type SealedEntry } from "#audit";
import type { SubjectId } from "#kernel";

import type { Call } from "./database.ts";

/** What must still be so when the entries are added. */
export interface Expected {
  readonly gates: ReadonlyMap<SubjectId, number>;
  /** `null`: no entry was decided under a policy. */
  readonly policySeq: number | null;
  /** Change numbers, as `oubli.changes` holds them; `null`: no entry rests on one. */
  readonly changes: string | null;
}

/**
 * Adds entries behind a head, if the head, the policy and the gates are as expected: all of it or
 * nothing. Answers whether it did.
 *
 * Why one statement is safe, under READ COMMITTED and between processes:
 *
 * - `gate` locks each subject's row for sharing. An act that narrows holds that row's lock from its
 *   check to its commit. So either it waits for this append, and its entry comes later; or this one
 *   waits for it, and then PostgreSQL reads the row's newest version, not the snapshot's: the
 *   number has moved, and nothing is written. The locks last until this commit.
 * - A gate row that is not there cannot be locked, so then nothing is written either. The caller
 *   makes the row and comes again.
 * - `head` swaps by comparison: an UPDATE that waited for another append evaluates its WHERE on the
 *   newest row. The head that the caller computed from can be as old as it likes; if it is not the
 *   stored one, by size and by hashes, nothing is written. A new policy writes its number into every
 *   head, so the comparison holds for it too.
 * - Change numbers, where they are compared, were read in this transaction.
 * - Everything is inserted from `head`: no swap, no row.
 * - Gates are locked by subject, then the head: everywhere, so no two wait for each other in a ring.
 */
const APPEND = `
  WITH gate AS MATERIALIZED (
    SELECT subject_id, seq FROM subject_gate
    WHERE subject_id = ANY($2::text[]) ORDER BY subject_id FOR SHARE),
  fits AS MATERIALIZED (
    SELECT count(*) = cardinality($2::text[]) AS all FROM gate
    JOIN unnest($2::text[], $3::bigint[]) AS wanted (subject_id, seq) USING (subject_id, seq)),
  head AS (
    UPDATE audit_head SET size = $6, frontier = $7
    WHERE log_id = $1 AND size = $4 AND frontier = $5
      AND policy_seq = coalesce($8::bigint, policy_seq) AND (SELECT fits.all FROM fits)
      AND ($19::text IS NULL OR current_setting('oubli.changes', true) = $19)
    RETURNING log_id),
  entry AS MATERIALIZED (
    SELECT log_id, $4 + at - 1 AS idx, nullif(subject, '') AS subject_id, type, ts,
      substring($9::bytea FROM (32 * (at - 1) + 1)::int FOR 32) AS hash,
      substring($10::bytea FROM start FOR length) AS bytes
    FROM head, unnest($11::text[], $12::text[], $13::bigint[], $14::int[], $15::int[])
      WITH ORDINALITY AS each (type, subject, ts, start, length, at)),
  leaf AS (
    INSERT INTO audit_leaf (log_id, idx, leaf_hash, ts, type, subject_id)
    SELECT log_id, idx, hash, ts, type, subject_id FROM entry),
  bytes AS (
    INSERT INTO audit_bytes (log_id, idx, subject_id, entry)
    SELECT log_id, idx, subject_id, bytes FROM entry),
  tile AS (
    INSERT INTO audit_hash (log_id, level, idx, hash)
    SELECT log_id, level, idx, substring($16::bytea FROM (32 * (at - 1) + 1)::int FOR 32)
    FROM head, unnest($17::int[], $18::bigint[]) WITH ORDINALITY AS each (level, idx, at))
  SELECT set_config('oubli.added', EXISTS (SELECT FROM head)::text, true) = 'true' AS added`;

export interface Extension {
  readonly call: Call;
  readonly head: Head;
}

/** The statement that adds `entries` to `log`, and the head after them. */
export function extend(
  log: LogName,
  before: Head,
  entries: readonly SealedEntry[],
  { gates, policySeq, changes }: Expected,
): Extension {
  const hashes = entries.map(({ bytes }) => leafHash(bytes));
  const tiles: { level: number; index: number; hash: Uint8Array }[] = [];
  let head = before;
  for (const hash of hashes) {
    const next = appendLeaf(head, hash);
    tiles.push(...next.completed);
    head = next.head;
  }
  // SQL counts from 1.
  const starts: number[] = [];
  let start = 1;
  for (const { bytes } of entries) {
    starts.push(start);
    start += bytes.length;
  }
  const values: Call["values"] = [
    log,
    [...gates.keys()],
    texts([...gates.values()]),
    before.size,
    Buffer.concat(before.frontier),
    head.size,
    Buffer.concat(head.frontier),
    policySeq,
    Buffer.concat(hashes),
    Buffer.concat(entries.map(({ bytes }) => bytes)),
    entries.map(({ type }) => type),
    entries.map(({ subject }) => subject ?? ""),
    texts(entries.map(({ ts }) => ts)),
    texts(starts),
    texts(entries.map(({ bytes }) => bytes.length)),
    Buffer.concat(tiles.map(({ hash }) => hash)),
    texts(tiles.map(({ level }) => level)),
    texts(tiles.map(({ index }) => index)),
    changes,
  ];
  return { call: { text: APPEND, values }, head };
}

const texts = (numbers: readonly number[]): string[] => numbers.map(String);
