import { tablesOf } from "./schema.ts";
import type { SnapshotConnection } from "./snapshot-connection.ts";

/** One schema as it was at one moment, read as its role. */
export interface Reader {
  /** Which database it is of. */
  readonly database: string;
  /** For another connection to the same database. */
  readonly snapshot: string;
  query<R>(text: string): Promise<R[]>;
}

/**
 * A connection of its own: it stays in one transaction for as long as somebody takes to write the
 * backup, where those of the pool may not.
 *
 * Where tables stand on several nodes, each node has a snapshot of its own, from the first statement
 * that reaches it: so one reaches all of them here, while writes are paused.
 *
 * @param before Shares its moment, where it is of the same database.
 */
export async function beginReading(
  connection: SnapshotConnection,
  before: Reader | null,
): Promise<Reader> {
  const { database, schema, onNodes, query } = connection;
  const shared = before?.database === database ? before.snapshot : null;
  // It has to be the transaction's first statement; the server gave it this text.
  const first = shared === null ? [] : [`SET TRANSACTION SNAPSHOT '${shared}'`];
  await connection.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY", first);
  const [row] = await query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
  for (const table of onNodes ? tablesOf(schema) : []) {
    await query(`SELECT 1 FROM ${table} LIMIT 1`);
  }
  return { database, snapshot: row!.snapshot, query };
}
