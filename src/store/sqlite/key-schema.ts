import type { Schema } from "./migrate.ts";

/**
 * `keys.db`: wrapped keys, fences, the directory, epochs. Every row is wrapped or sealed under an
 * epoch's root key, which lives elsewhere; the indexes on `epoch` prove that an epoch is empty.
 *
 * Every primary key leads with the subject, or with tenant and look-up: so it distributes by them.
 * Fences are never deleted: a trigger refuses it.
 */
export const keySchema: Schema = {
  name: "keys",
  migrations: [
    {
      id: "0001-keys-fences-directory",
      sql: `
        CREATE TABLE epoch_key (
          region TEXT NOT NULL, epoch INTEGER NOT NULL, provider TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('active', 'retiring', 'destroyed')),
          directory_keys BLOB, evidence TEXT,
          PRIMARY KEY (region, epoch)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX epoch_key_live ON epoch_key (state) WHERE state <> 'destroyed';

        CREATE TABLE directory (
          tenant TEXT NOT NULL, lookup BLOB NOT NULL, epoch INTEGER NOT NULL,
          subject_id TEXT NOT NULL, sealed BLOB NOT NULL,
          PRIMARY KEY (tenant, lookup)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX directory_subject ON directory (subject_id);
        CREATE INDEX directory_epoch ON directory (epoch, subject_id);

        CREATE TABLE subject_key (
          subject_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, version INTEGER NOT NULL,
          epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, dirty INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX subject_key_epoch ON subject_key (epoch, subject_id);
        CREATE INDEX subject_key_tenant ON subject_key (tenant, subject_id);

        CREATE TABLE node_key (
          subject_id TEXT NOT NULL, node_id TEXT NOT NULL, revision INTEGER NOT NULL,
          sk_version INTEGER NOT NULL, created_at INTEGER NOT NULL, wrapped BLOB NOT NULL,
          PRIMARY KEY (subject_id, node_id, revision)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE key_fence (
          subject_id TEXT NOT NULL, key_id TEXT NOT NULL, erased_at INTEGER NOT NULL,
          ledger_index INTEGER NOT NULL, epoch INTEGER NOT NULL,
          PRIMARY KEY (subject_id, key_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER key_fence_no_delete BEFORE DELETE ON key_fence
          BEGIN SELECT RAISE(ABORT, 'key_fence is kept for ever'); END;

        CREATE TABLE evidence_key (
          subject_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, epoch INTEGER NOT NULL,
          wrapped BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX evidence_key_epoch ON evidence_key (epoch, subject_id);

        CREATE TABLE tag_key (
          tenant TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE applied (
          id INTEGER PRIMARY KEY CHECK (id = 1), ledger_index INTEGER NOT NULL
        ) STRICT;
        INSERT INTO applied VALUES (1, -1);
      `,
    },
    {
      // Where a subject has a key behind its fence, what is left of it is what was held.
      id: "0002-what-a-fence-holds",
      sql: `
        ALTER TABLE key_fence ADD COLUMN held TEXT;
        UPDATE key_fence SET held = (
          SELECT json_group_array(DISTINCT node_id) FROM node_key
          JOIN subject_key USING (subject_id) WHERE subject_id = key_fence.subject_id)
        WHERE key_id = '*';
      `,
    },
    {
      id: "0003-case-keys",
      sql: `
        CREATE TABLE case_key (
          case_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, epoch INTEGER NOT NULL,
          created_at INTEGER NOT NULL, wrapped BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX case_key_epoch ON case_key (epoch, case_id);
      `,
    },
  ],
};
