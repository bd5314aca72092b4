import { FENCES_NARROW } from "./key-fence-trigger.ts";
import { KEY_FUNCTIONS } from "./key-functions.ts";
import type { Schema } from "./schema.ts";

/** Ids are compared by their bytes, as everywhere else, whatever the database's locale. */
const ID = 'text COLLATE "C"';

/**
 * Wrapped keys, fences, the directory, epochs. Every row is wrapped or sealed under an epoch's root
 * key, which lives elsewhere; the indexes on `epoch` prove that an epoch is empty.
 *
 * Every primary key leads with the subject, a look-up or a tenant, no row refers to another table,
 * and nothing is numbered by a sequence: so the tables distribute by those columns, and `epoch_key`,
 * which has a row a week, stands on every machine. A person's look-up is a row beside that person's
 * directory row, because one is found before the subject is known, and the other by the subject.
 */
export const keySchema: Schema = {
  name: "keys",
  migrations: [
    {
      id: "0001-keys-fences-directory",
      sql: `
        CREATE TABLE epoch_key (
          region text NOT NULL, epoch int NOT NULL, provider text NOT NULL,
          state text NOT NULL CHECK (state IN ('active', 'retiring', 'destroyed')),
          directory_keys bytea, evidence json,
          PRIMARY KEY (region, epoch)
        );
        CREATE UNIQUE INDEX epoch_key_live ON epoch_key (state) WHERE state <> 'destroyed';

        CREATE TABLE lookup (
          lookup bytea NOT NULL, tenant ${ID} NOT NULL, subject_id ${ID} NOT NULL,
          PRIMARY KEY (lookup, tenant)
        );

        CREATE TABLE directory (
          subject_id ${ID} PRIMARY KEY, tenant ${ID} NOT NULL, lookup bytea NOT NULL,
          epoch int NOT NULL, sealed bytea NOT NULL
        );
        CREATE INDEX directory_epoch ON directory (epoch, subject_id);

        CREATE TABLE subject_key (
          subject_id ${ID} PRIMARY KEY, tenant ${ID} NOT NULL, version int NOT NULL,
          epoch int NOT NULL, wrapped bytea NOT NULL, dirty boolean NOT NULL
        );
        CREATE INDEX subject_key_epoch ON subject_key (epoch, subject_id);
        CREATE INDEX subject_key_tenant ON subject_key (tenant, subject_id);

        CREATE TABLE node_key (
          subject_id ${ID} NOT NULL, node_id ${ID} NOT NULL, revision int NOT NULL,
          sk_version int NOT NULL, created_at bigint NOT NULL, wrapped bytea NOT NULL,
          PRIMARY KEY (subject_id, node_id, revision)
        );

        CREATE TABLE key_fence (
          subject_id ${ID} NOT NULL, key_id ${ID} NOT NULL, erased_at bigint NOT NULL,
          ledger_index bigint NOT NULL, epoch int NOT NULL, held text[],
          PRIMARY KEY (subject_id, key_id)
        );

        CREATE TABLE evidence_key (
          subject_id ${ID} PRIMARY KEY, tenant ${ID} NOT NULL, epoch int NOT NULL,
          wrapped bytea NOT NULL
        );
        CREATE INDEX evidence_key_epoch ON evidence_key (epoch, subject_id);

        CREATE TABLE tag_key (
          tenant ${ID} PRIMARY KEY, epoch int NOT NULL, wrapped bytea NOT NULL
        );

        CREATE TABLE applied (id int PRIMARY KEY CHECK (id = 1), ledger_index bigint NOT NULL);
        INSERT INTO applied VALUES (1, -1);

        ${KEY_FUNCTIONS}
      `,
      tables: {
        // Nobody's rows: the region's epochs, a tenant's key, how far the ledger was followed.
        epoch_key: {
          grant: "SELECT, INSERT, UPDATE (state, directory_keys, evidence)",
          guard: null,
        },
        tag_key: { grant: "SELECT, INSERT, UPDATE (epoch, wrapped)", guard: null },
        applied: { grant: "SELECT, UPDATE (ledger_index)", guard: null },
        lookup: { grant: "SELECT, INSERT, DELETE", guard: "subject_id" },
        directory: {
          grant: "SELECT, INSERT, UPDATE (lookup, epoch, sealed), DELETE",
          guard: "subject_id",
        },
        subject_key: {
          grant: "SELECT, INSERT, UPDATE (version, epoch, wrapped, dirty), DELETE",
          guard: "subject_id",
        },
        node_key: {
          grant: "SELECT, INSERT, UPDATE (sk_version, wrapped), DELETE",
          guard: "subject_id",
        },
        // The application can lift no fence.
        key_fence: { grant: "SELECT, INSERT, UPDATE (epoch, held)", guard: "subject_id" },
        evidence_key: {
          grant: "SELECT, INSERT, UPDATE (epoch, wrapped), DELETE",
          guard: "subject_id",
        },
      },
    },
    {
      id: "0002-case-keys",
      sql: `
        CREATE TABLE case_key (
          case_id ${ID} PRIMARY KEY, tenant ${ID} NOT NULL, epoch int NOT NULL,
          created_at bigint NOT NULL, wrapped bytea NOT NULL
        );
        CREATE INDEX case_key_epoch ON case_key (epoch, case_id);
      `,
      // A case outlives whom it is about, and may be about nobody: its key is no person's row.
      tables: {
        case_key: { grant: "SELECT, INSERT, UPDATE (epoch, wrapped), DELETE", guard: null },
      },
    },
    { id: "0003-fences-narrow", sql: FENCES_NARROW, tables: {} },
  ],
};
