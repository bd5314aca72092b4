import type { Schema } from "./migrate.ts";
import { REPLAY_FENCE_TABLE } from "./replay-fence-statements.ts";

/**
 * `memory.db`: sealed bodies and vectors, and beside them what {@link NodeMeta} may show.
 *
 * Every primary key leads with the subject: reading costs what that person has, whatever others
 * have. What is sealed may be long, so it has tables of its own, and those have row ids: in a
 * table without, SQLite reads a long row's overflow pages at each step of a search, and measured
 * nine reads of the file for each vector that was looked up.
 */
export const memorySchema: Schema = {
  name: "memory",
  migrations: [
    {
      id: "0001-nodes-and-what-hangs-on-them",
      sql: `
        CREATE TABLE node (
          subject_id TEXT NOT NULL, node_id TEXT NOT NULL, revision INTEGER NOT NULL,
          kind TEXT NOT NULL, category TEXT NOT NULL, categories TEXT NOT NULL,
          purposes TEXT NOT NULL, special INTEGER NOT NULL, phi INTEGER NOT NULL,
          created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, expires_at INTEGER,
          session_id TEXT, position INTEGER NOT NULL, deriver TEXT, change INTEGER NOT NULL,
          replay_tag BLOB,
          PRIMARY KEY (subject_id, node_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX node_change ON node (subject_id, change, kind, revision);
        CREATE INDEX node_list
          ON node (subject_id, created_at DESC, node_id, kind, categories, purposes);
        CREATE INDEX node_session ON node (subject_id, session_id, position)
          WHERE session_id IS NOT NULL;
        CREATE INDEX node_replay ON node (subject_id, replay_tag) WHERE replay_tag IS NOT NULL;
        CREATE INDEX node_expiry ON node (expires_at) WHERE expires_at IS NOT NULL;

        CREATE TABLE body (
          subject_id TEXT NOT NULL, node_id TEXT NOT NULL, revision INTEGER NOT NULL,
          sealed BLOB NOT NULL,
          PRIMARY KEY (subject_id, node_id)
        ) STRICT;

        CREATE TABLE embedding (
          subject_id TEXT NOT NULL, node_id TEXT NOT NULL, revision INTEGER NOT NULL,
          sealed BLOB NOT NULL,
          PRIMARY KEY (subject_id, node_id)
        ) STRICT;

        CREATE TABLE derivation (
          subject_id TEXT NOT NULL, derived_id TEXT NOT NULL, position INTEGER NOT NULL,
          source_id TEXT NOT NULL, source_revision INTEGER NOT NULL, change INTEGER NOT NULL,
          PRIMARY KEY (subject_id, derived_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX derivation_source ON derivation (subject_id, source_id, change);

        CREATE TABLE session (
          subject_id TEXT NOT NULL, tag BLOB NOT NULL, session_id TEXT NOT NULL,
          purpose TEXT NOT NULL, started_at INTEGER NOT NULL,
          PRIMARY KEY (subject_id, tag)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE idempotency (
          subject_id TEXT NOT NULL, tag BLOB NOT NULL, position INTEGER NOT NULL,
          node_id TEXT NOT NULL, until INTEGER NOT NULL,
          PRIMARY KEY (subject_id, tag, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_node ON idempotency (subject_id, node_id);
        CREATE INDEX idempotency_until ON idempotency (until);

        ${REPLAY_FENCE_TABLE}

        CREATE TABLE subject_change (
          subject_id TEXT PRIMARY KEY, change INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE subject_fence (
          subject_id TEXT PRIMARY KEY, erasure_id TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE applied (
          id INTEGER PRIMARY KEY CHECK (id = 1), ledger_index INTEGER NOT NULL
        ) STRICT;
        INSERT INTO applied VALUES (1, -1);
      `,
    },
  ],
};

/**
 * Every table with a subject's rows, and what an erasure does with them. A test compares it with
 * the schema of a live file: a table that is missing here fails the build.
 */
export const SUBJECT_TABLES = {
  node: "erased",
  body: "erased",
  embedding: "erased",
  derivation: "erased",
  session: "erased",
  idempotency: "erased",
  /** A number that never goes back, so that no process takes an old working set for a new one. */
  subject_change: "kept",
  /** Keeps an erased subject erased. */
  subject_fence: "kept",
} as const satisfies Record<string, "erased" | "kept">;
