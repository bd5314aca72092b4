import { ACCESS_LOGS_STEP } from "./access-logs.ts";
import { BACKUP_RIGHTS, BACKUP_TABLE } from "./backup-statements.ts";
import { CASE_RIGHTS, CASE_TABLE } from "./case-statements.ts";
import { REPLAY_FENCE_RIGHTS, REPLAY_FENCE_TABLE } from "./replay-fence-statements.ts";
import type { Schema } from "./schema.ts";
import { TALLY_RIGHTS, TALLY_TABLES } from "./tally-statements.ts";

const ID = 'text COLLATE "C"';

/**
 * The logs, and what gates reads. History cannot be changed or removed by the application: its
 * role has no such right. Only bytes of pruned entries and ended evidence may go, and bytes of the
 * ledger never.
 *
 * Nothing here is numbered by a sequence: the order of allocation is not that of commits.
 */
export const auditSchema: Schema = {
  name: "audit",
  migrations: [
    {
      id: "0001-logs-and-gate-state",
      sql: `
        CREATE TABLE audit_head (
          log_id text PRIMARY KEY, size bigint NOT NULL, frontier bytea NOT NULL,
          policy_seq bigint NOT NULL
        ) WITH (fillfactor = 10);
        INSERT INTO audit_head VALUES ('access', 0, '', 0), ('ledger', 0, '', 0);

        CREATE TABLE audit_leaf (
          log_id text NOT NULL, idx bigint NOT NULL, leaf_hash bytea NOT NULL,
          ts bigint NOT NULL, type text NOT NULL, subject_id ${ID},
          PRIMARY KEY (log_id, idx)
        );
        CREATE INDEX audit_leaf_subject ON audit_leaf (log_id, subject_id, idx)
          WHERE subject_id IS NOT NULL;

        CREATE TABLE audit_bytes (
          log_id text NOT NULL, idx bigint NOT NULL, subject_id ${ID}, entry bytea NOT NULL,
          PRIMARY KEY (log_id, idx)
        );
        CREATE POLICY ledger_stays ON audit_bytes AS RESTRICTIVE FOR DELETE
          USING (log_id <> 'ledger');

        CREATE TABLE audit_hash (
          log_id text NOT NULL, level int NOT NULL, idx bigint NOT NULL, hash bytea NOT NULL,
          PRIMARY KEY (log_id, level, idx)
        );

        CREATE TABLE subject_gate (
          subject_id ${ID} PRIMARY KEY, seq bigint NOT NULL, pending bigint NOT NULL
        ) WITH (fillfactor = 70);

        CREATE TABLE policy_state (
          id int PRIMARY KEY CHECK (id = 1), seq bigint NOT NULL, digest text, json text
        );
        INSERT INTO policy_state VALUES (1, 0, NULL, NULL);

        CREATE TABLE consent (
          subject_id ${ID} NOT NULL, purpose ${ID} NOT NULL, collected_at bigint NOT NULL,
          idx bigint NOT NULL, consent_id text NOT NULL, granted boolean NOT NULL,
          explicit boolean NOT NULL, valid_until bigint, policy_version text NOT NULL,
          mechanism text NOT NULL, language text,
          PRIMARY KEY (subject_id, purpose, collected_at, idx)
        );

        CREATE TABLE consent_evidence (
          subject_id ${ID} NOT NULL, consent_id text NOT NULL, collected_at bigint NOT NULL,
          sealed bytea NOT NULL,
          PRIMARY KEY (subject_id, consent_id)
        );
        CREATE INDEX consent_evidence_age ON consent_evidence (collected_at);

        CREATE TABLE restriction (
          subject_id ${ID} NOT NULL, restriction_id text NOT NULL, purpose text,
          ground text NOT NULL, since bigint NOT NULL,
          PRIMARY KEY (subject_id, restriction_id)
        );

        CREATE TABLE hold (
          subject_id ${ID} NOT NULL, hold_id text NOT NULL, case_code text NOT NULL,
          reason text NOT NULL, nodes text, category text, purpose text, since bigint NOT NULL,
          PRIMARY KEY (subject_id, hold_id)
        );

        CREATE TABLE erasure (
          subject_id ${ID} NOT NULL, erasure_id ${ID} NOT NULL, tenant text NOT NULL,
          stage text NOT NULL, kind text NOT NULL, reason text NOT NULL, nodes text,
          held text NOT NULL, remake text NOT NULL,
          started_at bigint NOT NULL, intent_idx bigint NOT NULL,
          executed_idx bigint, final_idx bigint, epoch bigint,
          lease_holder text, lease_until bigint,
          PRIMARY KEY (subject_id, erasure_id)
        );
        CREATE INDEX erasure_open ON erasure (stage, epoch) WHERE stage IN ('pending', 'executed');
        CREATE INDEX erasure_remake ON erasure (lease_until) WHERE remake <> '[]';
        CREATE INDEX erasure_whole ON erasure (subject_id) WHERE kind = 'erase';

        CREATE TABLE erasure_queue (
          subject_id ${ID} NOT NULL, erasure_id ${ID} NOT NULL, tenant text NOT NULL,
          reason text NOT NULL, scope text NOT NULL, queued_at bigint NOT NULL,
          PRIMARY KEY (subject_id, erasure_id)
        );
        ${REPLAY_FENCE_TABLE}
      `,
      tables: {
        // Nobody's rows: counts and hashes of all, salted.
        audit_head: { grant: "SELECT, UPDATE", guard: null },
        audit_hash: { grant: "SELECT, INSERT", guard: null },
        policy_state: { grant: "SELECT, UPDATE", guard: null },
        audit_leaf: { grant: "SELECT, INSERT", guard: "subject_id" },
        audit_bytes: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        subject_gate: { grant: "SELECT, INSERT, UPDATE", guard: "subject_id" },
        consent: { grant: "SELECT, INSERT", guard: "subject_id" },
        consent_evidence: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        restriction: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        hold: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        erasure: { grant: "SELECT, INSERT, UPDATE", guard: "subject_id" },
        replay_fence: REPLAY_FENCE_RIGHTS,
        erasure_queue: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
      },
    },
    { id: "0002-backups", sql: BACKUP_TABLE, tables: { backup: BACKUP_RIGHTS } },
    ACCESS_LOGS_STEP,
    { id: "0004-cases", sql: CASE_TABLE, tables: { case_file: CASE_RIGHTS } },
    {
      id: "0005-tallies",
      sql: TALLY_TABLES,
      tables: { tally: TALLY_RIGHTS, tally_bound: TALLY_RIGHTS, tally_spent: TALLY_RIGHTS },
    },
  ],
};
