import type { Schema } from "./schema.ts";

/**
 * The notary's schema: best in a database of its own that no backup of the others contains, since
 * a notary that is restored with the log cannot tell that it was.
 */
export const notarySchema: Schema = {
  name: "notary",
  migrations: [
    {
      id: "0001-notary",
      sql: `
        CREATE TABLE installation (id int PRIMARY KEY CHECK (id = 1), name text NOT NULL);
        CREATE TABLE signer (log_id text PRIMARY KEY, seed bytea NOT NULL);
        CREATE TABLE signed (
          log_id text PRIMARY KEY, size bigint NOT NULL, root bytea NOT NULL, note text NOT NULL
        ) WITH (fillfactor = 10);
      `,
      tables: {
        // Nobody's rows: keys and signatures of whole logs.
        installation: { grant: "SELECT, INSERT", guard: null },
        signer: { grant: "SELECT, INSERT", guard: null },
        signed: { grant: "SELECT, INSERT, UPDATE", guard: null },
      },
    },
    {
      id: "0002-forks",
      sql: `
        CREATE TABLE forked (
          log_id text NOT NULL, number int NOT NULL,
          size bigint NOT NULL, root bytea NOT NULL, note text NOT NULL,
          PRIMARY KEY (log_id, number)
        );
      `,
      tables: { forked: { grant: "SELECT, INSERT", guard: null } },
    },
  ],
};
