import { BACKUP_TABLE } from "./backup-statements.ts";
import { CASE_TABLE } from "./case-statements.ts";
import type { Schema } from "./migrate.ts";
import { REPLAY_FENCE_TABLE } from "./replay-fence-statements.ts";
import { TALLY_TABLES } from "./tally-statements.ts";

/**
 * `audit.db`: the two logs, and what gates reads. History cannot be changed or removed by SQL:
 * triggers refuse it; only the bytes of pruned entries and ended evidence may go.
 */
export const auditSchema: Schema = {
  name: "audit",
  migrations: [
    {
      id: "0001-logs-and-gate-state",
      sql: `
        CREATE TABLE audit_head (
          log_id TEXT PRIMARY KEY, size INTEGER NOT NULL, frontier BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO audit_head VALUES ('access', 0, x''), ('ledger', 0, x'');

        ${["access", "ledger"].map(logTable).join("\n")}

        CREATE TABLE audit_hash (
          log_id TEXT NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
          PRIMARY KEY (log_id, level, idx)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE subject_gate (
          subject_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, pending INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE policy_state (
          id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, digest TEXT, json TEXT
        ) STRICT;
        INSERT INTO policy_state VALUES (1, 0, NULL, NULL);

        CREATE TABLE consent (
          subject_id TEXT NOT NULL, purpose TEXT NOT NULL, collected_at INTEGER NOT NULL,
          idx INTEGER NOT NULL, consent_id TEXT NOT NULL, granted INTEGER NOT NULL,
          explicit INTEGER NOT NULL, valid_until INTEGER, policy_version TEXT NOT NULL,
          mechanism TEXT NOT NULL, language TEXT,
          PRIMARY KEY (subject_id, purpose, collected_at, idx)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE consent_evidence (
          subject_id TEXT NOT NULL, consent_id TEXT NOT NULL, collected_at INTEGER NOT NULL,
          sealed BLOB NOT NULL,
          PRIMARY KEY (subject_id, consent_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX consent_evidence_age ON consent_evidence (collected_at);

        CREATE TABLE restriction (
          subject_id TEXT NOT NULL, restriction_id TEXT NOT NULL, purpose TEXT,
          ground TEXT NOT NULL, since INTEGER NOT NULL,
          PRIMARY KEY (subject_id, restriction_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE hold (
          subject_id TEXT NOT NULL, hold_id TEXT NOT NULL, case_code TEXT NOT NULL,
          reason TEXT NOT NULL, nodes TEXT, category TEXT, purpose TEXT, since INTEGER NOT NULL,
          PRIMARY KEY (subject_id, hold_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE erasure (
          subject_id TEXT NOT NULL, erasure_id TEXT NOT NULL, tenant TEXT NOT NULL,
          stage TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, nodes TEXT,
          held TEXT NOT NULL, remake TEXT NOT NULL,
          started_at INTEGER NOT NULL, intent_idx INTEGER NOT NULL,
          executed_idx INTEGER, final_idx INTEGER, epoch INTEGER,
          lease_holder TEXT, lease_until INTEGER,
          PRIMARY KEY (subject_id, erasure_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX erasure_open ON erasure (stage, epoch) WHERE stage IN ('pending', 'executed');
        CREATE INDEX erasure_remake ON erasure (lease_until) WHERE remake <> '[]';
        CREATE INDEX erasure_whole ON erasure (subject_id) WHERE kind = 'erase';

        CREATE TABLE erasure_queue (
          subject_id TEXT NOT NULL, erasure_id TEXT NOT NULL, tenant TEXT NOT NULL,
          reason TEXT NOT NULL, scope TEXT NOT NULL, queued_at INTEGER NOT NULL,
          PRIMARY KEY (subject_id, erasure_id)
        ) STRICT, WITHOUT ROWID;
        ${REPLAY_FENCE_TABLE}

        ${["audit_ledger", "audit_hash", "consent"].map(appendOnly).join("\n")}
        ${prunable("audit_access")}
      `,
    },
    { id: "0002-backups", sql: BACKUP_TABLE },
    { id: "0003-cases", sql: CASE_TABLE },
    { id: "0004-tallies", sql: TALLY_TABLES },
  ],
};

/**
 * One log's entries: a table of its own, in the order of its indices, so that an append touches the
 * last page of one tree and one page of the index. A further log is a further migration.
 *
 * Bytes last: a pruned entry has none, and its hash is read without them.
 */
function logTable(log: string): string {
  return `
        CREATE TABLE audit_${log} (
          idx INTEGER PRIMARY KEY, leaf_hash BLOB NOT NULL, ts INTEGER NOT NULL,
          type TEXT NOT NULL, subject_id TEXT, entry BLOB
        ) STRICT;
        CREATE INDEX audit_${log}_subject ON audit_${log} (subject_id)
          WHERE subject_id IS NOT NULL;`;
}

/** Of a log that is pruned, the bytes may go; nothing else, and nothing comes in their place. */
function prunable(table: string): string {
  return `
    CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
      WHEN (new.idx, new.leaf_hash, new.ts, new.type, new.subject_id, new.entry)
        IS NOT (old.idx, old.leaf_hash, old.ts, old.type, old.subject_id, NULL)
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;
    CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`;
}

function appendOnly(table: string): string {
  return `
    CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;
    CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`;
}
