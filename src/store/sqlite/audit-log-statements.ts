import type { DatabaseSync } from "node:sqlite";

import {
  appendLeaf,
  leafHash,
  type EntryType,
  type Head,
  type LogName,
  type SealedEntry,
  type StoredEntry,
} from "#audit";
import type { SubjectId } from "#kernel";

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
  const selectHead = sql.prepare("SELECT size, frontier FROM audit_head WHERE log_id = ?");
  const updateHead = sql.prepare("UPDATE audit_head SET size = ?, frontier = ? WHERE log_id = ?");
  const insertLeaf = sql.prepare("INSERT INTO audit_leaf VALUES (?, ?, ?, ?, ?, ?)");
  const insertBytes = sql.prepare("INSERT INTO audit_bytes VALUES (?, ?, ?)");
  const insertHash = sql.prepare("INSERT INTO audit_hash VALUES (?, ?, ?, ?)");
  const selectLeafHashes = sql.prepare(`
    SELECT leaf_hash AS hash FROM audit_leaf
    WHERE log_id = ? AND idx >= ? AND idx < ? ORDER BY idx`);
  const selectHashes = sql.prepare(`
    SELECT hash FROM audit_hash
    WHERE log_id = ? AND level = ? AND idx >= ? AND idx < ? ORDER BY idx`);
  const fields = "leaf.idx, leaf.type, leaf.ts, leaf.subject_id, leaf.leaf_hash, bytes.entry";
  const joined = "LEFT JOIN audit_bytes AS bytes USING (log_id, idx)";
  const selectEntries = sql.prepare(`
    SELECT ${fields} FROM audit_leaf AS leaf ${joined}
    WHERE leaf.log_id = ? AND leaf.idx >= ? ORDER BY leaf.idx LIMIT ?`);
  const selectSubjectEntries = sql.prepare(`
    SELECT ${fields} FROM audit_leaf AS leaf ${joined}
    WHERE leaf.subject_id = ? AND leaf.log_id = ? AND leaf.idx >= ? ORDER BY leaf.idx LIMIT ?`);
  const selectLast = sql.prepare(`
    SELECT ${fields} FROM audit_leaf AS leaf ${joined}
    WHERE leaf.log_id = ? AND leaf.type = ? ORDER BY leaf.idx DESC LIMIT 1`);
  const deleteBytes = sql.prepare("DELETE FROM audit_bytes WHERE log_id = ? AND idx < ?");

  return {
    head(log: LogName): Head {
      const { size, frontier } = selectHead.get(log) as { size: number; frontier: Uint8Array };
      return { size, frontier: split(frontier) };
    },

    /** Adds the entries' leaves and bytes behind `head`. @returns the head after them. */
    insert(log: LogName, head: Head, entries: readonly SealedEntry[]): Head {
      let now = head;
      for (const { bytes, ts, type, subject } of entries) {
        const hash = leafHash(bytes);
        insertLeaf.run(log, now.size, hash, ts, type, subject);
        insertBytes.run(log, now.size, bytes);
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
          ? selectLeafHashes.all(log, from, from + count)
          : selectHashes.all(log, level, from, from + count);
      return Buffer.concat((rows as unknown as { hash: Uint8Array }[]).map(({ hash }) => hash));
    },

    entries(
      log: LogName,
      { from, limit, subject }: { from: number; limit: number; subject?: SubjectId },
    ): StoredEntry[] {
      const rows =
        subject === undefined
          ? selectEntries.all(log, from, limit)
          : selectSubjectEntries.all(subject, log, from, limit);
      return (rows as unknown as EntryRow[]).map(asStored);
    },

    lastEntry(log: LogName, type: EntryType): StoredEntry | null {
      const row = selectLast.get(log, type) as unknown as EntryRow | undefined;
      return row ? asStored(row) : null;
    },

    prune: (log: LogName, before: number): number => Number(deleteBytes.run(log, before).changes),
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
