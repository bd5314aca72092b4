import { randomBytes } from "node:crypto";

import type { Checkpoint, LogName, NotaryStore } from "#audit";

import { EVERY_SUBJECT, openDatabase, type Call, type PostgresPlace } from "./database.ts";
import { notarySchema } from "./notary-schema.ts";

/**
 * Under READ COMMITTED the last WHERE is evaluated on the newest row, after waiting for whoever
 * signs at this moment: of two that expect the same size one swaps.
 */
const SWAP = `
  INSERT INTO signed SELECT $1, $2, $3, $4
  WHERE $5 = 0 OR EXISTS (SELECT FROM signed WHERE log_id = $1)
  ON CONFLICT (log_id) DO UPDATE
  SET size = excluded.size, root = excluded.root, note = excluded.note WHERE signed.size = $5
  RETURNING true AS swapped`;

/** A log whose origin was given up keeps its row, at size 0: nothing is signed of the next one. */
const FORK = `
  WITH last AS (
    UPDATE signed AS now SET size = 0, root = '', note = '' FROM signed AS was
    WHERE now.log_id = $1 AND now.size = $2 AND was.log_id = now.log_id
    RETURNING was.log_id, was.size, was.root, was.note)
  INSERT INTO forked
  SELECT log_id, (SELECT count(*) + 1 FROM forked WHERE log_id = $1), size, root, note
  FROM last WHERE size > 0
  RETURNING true AS forked`;

export interface PostgresNotaryStore extends NotaryStore {
  /** Whether nobody has a signing key here yet. */
  isNew(): Promise<boolean>;
}

/** The notary's own schema, in the audit database's server or, better, in another one. */
export async function openNotaryStore(place: PostgresPlace): Promise<PostgresNotaryStore> {
  const database = await openDatabase({ ...place, schema: notarySchema });

  /** Makes a value if there is none, and answers whichever there is. */
  async function once<Value>(insert: Call, select: Call): Promise<Value> {
    const [, rows] = await database.write(EVERY_SUBJECT, [insert, select]);
    return rows![0]!["value"] as Value;
  }

  return {
    seed: (log) =>
      once<Uint8Array>(
        {
          text: "INSERT INTO signer VALUES ($1, $2) ON CONFLICT DO NOTHING",
          values: [log, randomBytes(32)],
        },
        { text: "SELECT seed AS value FROM signer WHERE log_id = $1", values: [log] },
      ),
    async seeded() {
      const text = "SELECT log_id AS log FROM signer ORDER BY log_id";
      const rows = await database.read<{ log: LogName }>(EVERY_SUBJECT, { text, values: [] });
      return rows.map(({ log }) => log);
    },
    installation: () =>
      once<string>(
        {
          text: "INSERT INTO installation VALUES (1, $1) ON CONFLICT DO NOTHING",
          values: [randomBytes(4).toString("hex")],
        },
        { text: "SELECT name AS value FROM installation", values: [] },
      ),
    async isNew(): Promise<boolean> {
      const text = "SELECT NOT EXISTS (SELECT FROM signer) AS new";
      const [row] = await database.read<{ new: boolean }>(EVERY_SUBJECT, { text, values: [] });
      return row!.new;
    },
    async last(log: LogName): Promise<Checkpoint | null> {
      const text = "SELECT size, root, note FROM signed WHERE log_id = $1 AND size > 0";
      const [row] = await database.read<Checkpoint>(EVERY_SUBJECT, { text, values: [log] });
      return row ?? null;
    },
    async compareAndSwap(log, expected, { size, root, note }): Promise<boolean> {
      const call = { text: SWAP, values: [log, size, root, note, expected] };
      const [rows] = await database.write(EVERY_SUBJECT, [call]);
      return rows!.length === 1;
    },
    forked(log) {
      const text = "SELECT size, root, note FROM forked WHERE log_id = $1 ORDER BY number";
      return database.read<Checkpoint>(EVERY_SUBJECT, { text, values: [log] });
    },
    async fork(log, expected): Promise<boolean> {
      const [rows] = await database.write(EVERY_SUBJECT, [{ text: FORK, values: [log, expected] }]);
      return rows!.length === 1;
    },
    close: () => database.close(),
  };
}
