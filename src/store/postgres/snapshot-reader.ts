import { OubliError } from "#kernel";

import { isOnNodes } from "./connection-plans.ts";
import { connectionSettings } from "./connection-settings.ts";
import { EVERY_SUBJECT, type PostgresPlace } from "./database.ts";
import { loadDriver } from "./driver.ts";
import { storeError } from "./postgres-errors.ts";
import { refuseLocked, shareOf } from "./restore-lock.ts";
import { quoteName, schemaName, type Schema } from "./schema.ts";

/** One schema as it was at one moment, read as its role. */
export interface Reader extends AsyncDisposable {
  /** Which database it is of. */
  readonly database: string;
  /** For another connection to the same database. */
  readonly snapshot: string;
  query<R>(text: string): Promise<R[]>;
}

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * A connection of its own: it stays in one transaction for as long as somebody takes to write the
 * backup, where those of the pool may not.
 *
 * @param before Shares its moment, where it is of the same database.
 * @throws {OubliError} `BACKUP_UNSUPPORTED` where tables stand on several nodes, which have no
 *   snapshot in common.
 */
export async function openReader(
  { url, region, schema }: PostgresPlace & { readonly schema: Schema },
  before: Reader | null,
): Promise<Reader> {
  const { Client } = await loadDriver();
  const settings = connectionSettings(url);
  const client = new Client({
    ...settings,
    application_name: "oubli",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on("error", () => {});
  const query = async <R>(text: string): Promise<R[]> => {
    try {
      return (await client.query(text)).rows as R[];
    } catch (error) {
      throw storeError(error, "reading");
    }
  };
  const role = schemaName(region, schema);
  const path = `${quoteName(role)}, pg_temp`;
  const { host, port, database: name } = settings;
  const database = JSON.stringify([host, port, name]);
  const shared = before?.database === database ? before.snapshot : null;
  try {
    await client.connect();
    await query(`SET ROLE ${quoteName(role)};
      SELECT set_config('search_path', '${path}', false);
      SET bytea_output TO hex;
      SET statement_timeout TO 0;
      SET idle_in_transaction_session_timeout TO 0;
      ${shareOf(role)};
      SET oubli.subject TO '${EVERY_SUBJECT}'`);
    await refuseLocked(client, role, null);
    if (await isOnNodes(client, role)) throw new OubliError("BACKUP_UNSUPPORTED");
    await query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // It has to be the transaction's first statement; the server gave it this text.
    if (shared !== null) await query(`SET TRANSACTION SNAPSHOT '${shared}'`);
    // The transaction stays where it began; a pooler may have begun it on another connection.
    await query(`SELECT 1 / (current_user = '${role}'
      AND current_setting('search_path') = '${path}')::int`);
    const [row] = await query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
    const snapshot = row!.snapshot;
    return { database, snapshot, query, [Symbol.asyncDispose]: () => client.end() };
  } catch (error) {
    await client.end().catch(() => {});
    throw storeError(error);
  }
}
