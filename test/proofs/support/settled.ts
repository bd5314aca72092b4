import pg from "pg";

import { until } from "./until.ts";

const OURS = `SELECT count(*)::int AS some FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'oubli'`;

/**
 * Resolves when a server does nothing any more for a process that was killed: it ends the statement
 * of one, and looks for it only then.
 *
 * @param adminUrl Of an administrator for that database; of none for files.
 */
export async function settled(adminUrl: string): Promise<void> {
  if (adminUrl === "") return;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await until("no connection is left", async () => {
      const { rows } = await client.query<{ some: number }>(OURS);
      return rows[0]!.some === 0;
    });
  } finally {
    await client.end();
  }
}
