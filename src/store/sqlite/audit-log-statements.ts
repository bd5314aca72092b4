import type { DatabaseSync } from "node:sqlite";

import {
  appendLeaf,
  leafHash,
  LOG_NAMES,
  type EntryType,
  type Head,
  type LogName,
  type SealedEntry,
  type StoredEntry,
} from "#audit";
import { word, type SubjectId } from "#kernel";

import { onlyRow } from "../audit-json.ts";

const HASH_BYTES = 32;

interface EntryRow {
  idx: number;
  type: StoredEntry["type"];
  ts: StoredEntry["ts"];
  subject_id: SubjectId | null;
  leaf_hash: Uint8Array;
  entry: Uint8Array | null;
}

/** The two logs' tables. Call from inside a transaction of the caller's. */
export function logStatements(sql: DatabaseSync) {
  const logs = new Map(LOG_NAMES.map((log) => [log, entryStatements(sql, log)]));
  const of = (log: LogName): ReturnType<typeof entryStatements> => logs.get(log)!;
  const selectHead = sql.prepare("SELECT size, frontier FROM audit_head WHERE log_id = ?");
  const updateHead = sql.prepare("UPDATE audit_head SET size = ?, frontier = ? WHERE log_id = ?");
  const insertHash = sql.prepare("INSERT INTO audit_hash VALUES (?, ?, ?, ?)");
  const selectHashes = sql.prepare(`
    SELECT hash FROM audit_hash
    WHERE log_id = ? AND level = ? AND idx >= ? AND idx < ? ORDER BY idx`);

  return {
    head(log: LogName): Head {
      const row = selectHead.get(log) as { size: number; frontier: Uint8Array } | undefined;
      const { size, frontier } = onlyRow(word("audit_head"), row);
      return { size, frontier: split(frontier) };
    },

    /** Adds the entries' leaves and bytes behind `head`. @returns the head after them. */
    insert(log: LogName, head: Head, entries: readonly SealedEntry[]): Head {
      let now = head;
      for (const { bytes, ts, type, subject } of entries) {
        const hash = leafHash(bytes);
        of(log).insert.run(now.size, hash, ts, type, subject, bytes);
        const next = appendLeaf(now, hash);
        for (const { level, index, hash } of next.completed)
          insertHash.run(log, level, index, hash);
        now = next.head;
      }
      return now;
    },

    saveHead(log: string, head: Head): void {
      updateHead.run(head.size, Buffer.concat(head.frontier), log);
    },

    hashes(log: LogName, level: number, from: number, count: number): Uint8Array {
      const rows =
        level === 0
          ? of(log).leafHashes.all(from, from + count)
          : selectHashes.all(log, level, from, from + count);
      return Buffer.concat((rows as unknown as { hash: Uint8Array }[]).map(({ hash }) => hash));
    },

    entries(
      log: LogName,
      { from, limit, subject }: { from: number; limit: number; subject?: SubjectId },
    ): StoredEntry[] {
      const rows =
        subject === undefined
          ? of(log).entries.all(from, limit)
          : of(log).subjectEntries.all(subject, from, limit);
      return (rows as unknown as EntryRow[]).map(asStored);
    },

    lastEntry(log: LogName, type: EntryType): StoredEntry | null {
      const row = of(log).last.get(type) as unknown as EntryRow | undefined;
      return row ? asStored(row) : null;
    },

    prune: (log: LogName, before: number): number => Number(of(log).prune.run(before).changes),
  };
}

/** The statements over one log's own table. */
function entryStatements(sql: DatabaseSync, log: LogName) {
  const table = `audit_${log}`;
  const fields = "idx, type, ts, subject_id, leaf_hash, entry";
  return {
    insert: sql.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`),
    leafHashes: sql.prepare(`
      SELECT leaf_hash AS hash FROM ${table} WHERE idx >= ? AND idx < ? ORDER BY idx`),
    entries: sql.prepare(`SELECT ${fields} FROM ${table} WHERE idx >= ? ORDER BY idx LIMIT ?`),
    subjectEntries: sql.prepare(`
      SELECT ${fields} FROM ${table} WHERE subject_id = ? AND idx >= ? ORDER BY idx LIMIT ?`),
    last: sql.prepare(`SELECT ${fields} FROM ${table} WHERE type = ? ORDER BY idx DESC LIMIT 1`),
    // Bytes go from the start of the log, so that looking back ends at the first that is pruned.
    prune: sql.prepare(`
      UPDATE ${table} SET entry = NULL WHERE idx < ?1 AND idx > coalesce((
        SELECT idx FROM ${table} WHERE idx < ?1 AND entry IS NULL ORDER BY idx DESC LIMIT 1), -1)`),
  };
}

function split(frontier: Uint8Array): Uint8Array[] {
  const count = frontier.length / HASH_BYTES;
  return Array.from({ length: count }, (_, at) =>
    frontier.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

function asStored(row: EntryRow): StoredEntry {
  return {
    index: row.idx,
    type: row.type,
    ts: row.ts,
    subject: row.subject_id,
    hash: row.leaf_hash,
    bytes: row.entry,
  };
}
