import type { Client } from "pg";

/** What most applications embed with: OpenAI's `text-embedding-3-small`, and mem0 by default. */
export const DIMENSIONS = 1536;

/** The memory that a developer builds by hand: one table with a vector, exact search by user. */
export interface Peer {
  /** The ten nearest of one user: no permit, no log, no decryption. */
  query(): Promise<unknown>;
}

/** @throws when the server has no pgvector. */
export async function openPeer(admin: Client, memories: number): Promise<Peer> {
  const table = `peer_${memories}`;
  await admin.query("CREATE EXTENSION IF NOT EXISTS vector");
  await admin.query(`
    CREATE TABLE ${table} (
      id bigserial PRIMARY KEY, user_id text NOT NULL, content text NOT NULL,
      embedding vector(${DIMENSIONS}) NOT NULL);
    CREATE INDEX ON ${table} (user_id);`);
  const vector = () => JSON.stringify(Array.from({ length: DIMENSIONS }, () => Math.random()));
  for (let at = 0; at < 2 * memories; at += 1) {
    await admin.query({
      name: `fill_${memories}`,
      text: `INSERT INTO ${table} (user_id, content, embedding) VALUES ($1, $2, $3)`,
      values: [`user-${at % 2}`, "Our neighbour talked all day about the tram.", vector()],
    });
  }
  await admin.query(`VACUUM ANALYZE ${table}`);
  const asked = vector();
  return {
    query: () =>
      admin.query({
        name: `nearest_${memories}`,
        text: `SELECT id, content, embedding <=> $2 AS distance FROM ${table}
          WHERE user_id = $1 ORDER BY distance LIMIT 10`,
        values: ["user-0", asked],
      }),
  };
}

/** A bare transaction of three small inserts, as an application sends it. */
export async function openInserts(admin: Client): Promise<() => Promise<void>> {
  await admin.query("CREATE TABLE bare (id bigserial PRIMARY KEY, text text NOT NULL)");
  const text = "INSERT INTO bare (text) VALUES ($1)";
  return async () => {
    await admin.query("BEGIN");
    for (let at = 0; at < 3; at += 1) {
      await admin.query({ name: "bare", text, values: ["a small row of some fifty bytes"] });
    }
    await admin.query("COMMIT");
  };
}
