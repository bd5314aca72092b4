import { MEMORY_FUNCTIONS } from "./memory-functions.ts";
import { REPLAY_FENCE_RIGHTS, REPLAY_FENCE_TABLE } from "./replay-fence-statements.ts";
import type { Schema } from "./schema.ts";

/** Ids are compared by their bytes, as everywhere else, whatever the database's locale. */
const ID = 'text COLLATE "C"';

/**
 * Sealed bodies and vectors, and beside them what {@link NodeMeta} may show.
 *
 * Every primary key leads with the subject, no row refers to another table, and nothing is numbered
 * by a sequence: the tables distribute by `subject_id`, and a person's rows lie together.
 *
 * What is sealed stands in the node's own row, and on its page while it fits there: measured, a
 * whole load with vectors of 400 numbers takes a sixth to a third less than from beside the table.
 * Ciphertext does not compress, so it is not tried.
 */
export const memorySchema: Schema = {
  name: "memory",
  migrations: [
    {
      id: "0001-nodes-and-what-hangs-on-them",
      sql: `
        CREATE TABLE node (
          subject_id ${ID} NOT NULL, node_id ${ID} NOT NULL, revision int NOT NULL,
          kind text NOT NULL, category text NOT NULL, categories text[] NOT NULL,
          purposes text[] NOT NULL, special boolean NOT NULL, phi boolean NOT NULL,
          created_at bigint NOT NULL, updated_at bigint NOT NULL, expires_at bigint,
          session_id ${ID}, position int NOT NULL, deriver text, change bigint NOT NULL,
          replay_tag bytea,
          body bytea NOT NULL, embedding bytea,
          PRIMARY KEY (subject_id, node_id)
        );
        ALTER TABLE node SET (toast_tuple_target = 8160);
        ALTER TABLE node ALTER body SET STORAGE EXTERNAL, ALTER embedding SET STORAGE EXTERNAL;
        CREATE INDEX node_change ON node (subject_id, change);
        CREATE INDEX node_list ON node (subject_id, created_at DESC, node_id);
        CREATE INDEX node_session ON node (subject_id, session_id, position)
          WHERE session_id IS NOT NULL;
        CREATE INDEX node_replay ON node (subject_id, replay_tag) WHERE replay_tag IS NOT NULL;
        CREATE INDEX node_expiry ON node (expires_at, subject_id, node_id)
          WHERE expires_at IS NOT NULL;

        CREATE TABLE derivation (
          subject_id ${ID} NOT NULL, derived_id ${ID} NOT NULL, position int NOT NULL,
          source_id ${ID} NOT NULL, source_revision int NOT NULL, change bigint NOT NULL,
          PRIMARY KEY (subject_id, derived_id, position)
        );
        CREATE INDEX derivation_source ON derivation (subject_id, source_id, change);

        CREATE TABLE session (
          subject_id ${ID} NOT NULL, tag bytea NOT NULL, session_id ${ID} NOT NULL,
          purpose text NOT NULL, started_at bigint NOT NULL,
          PRIMARY KEY (subject_id, tag)
        );

        CREATE TABLE idempotency (
          subject_id ${ID} NOT NULL, tag bytea NOT NULL, position int NOT NULL,
          node_id ${ID} NOT NULL, until bigint NOT NULL,
          PRIMARY KEY (subject_id, tag, position)
        );
        CREATE INDEX idempotency_node ON idempotency (subject_id, node_id);
        CREATE INDEX idempotency_until ON idempotency (until, subject_id);

        ${REPLAY_FENCE_TABLE}

        CREATE TABLE subject_change (
          subject_id ${ID} PRIMARY KEY, change bigint NOT NULL
        ) WITH (fillfactor = 70);

        CREATE TABLE subject_fence (subject_id ${ID} PRIMARY KEY, erasure_id text NOT NULL);

        CREATE TABLE applied (id int PRIMARY KEY CHECK (id = 1), ledger_index bigint NOT NULL);
        INSERT INTO applied VALUES (1, -1);

        ${MEMORY_FUNCTIONS}
      `,
      tables: {
        node: { grant: "SELECT, INSERT, UPDATE, DELETE", guard: "subject_id" },
        derivation: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        session: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        idempotency: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        replay_fence: REPLAY_FENCE_RIGHTS,
        subject_change: { grant: "SELECT, INSERT, UPDATE (change)", guard: "subject_id" },
        // The application cannot lift a fence.
        subject_fence: { grant: "SELECT, INSERT", guard: "subject_id" },
        // Nobody's row: how far the ledger was followed.
        applied: { grant: "SELECT, UPDATE (ledger_index)", guard: null },
      },
    },
  ],
};

/**
 * Every table with a subject's rows, and what an erasure does with them. A test compares it with
 * the schema of a live database: a table that is missing here fails the build.
 */
export const SUBJECT_TABLES = {
  node: "erased",
  derivation: "erased",
  session: "erased",
  idempotency: "erased",
  /** A number that never goes back, so that no process takes an old working set for a new one. */
  subject_change: "kept",
  /** Keeps an erased subject erased. */
  subject_fence: "kept",
} as const satisfies Record<string, "erased" | "kept">;
