import type { Client } from "./client.ts";
import { isOnNodes, NODE_SETTINGS } from "./connection-plans.ts";
import { connectionSettings } from "./connection-settings.ts";
import { EVERY_SUBJECT, type PostgresPlace } from "./database.ts";
import { loadDriver } from "./driver.ts";
import { storeError } from "./postgres-errors.ts";
import { refuseLocked, shareOf } from "./restore-lock.ts";
import { quoteName, schemaName, type Schema } from "./schema.ts";

type SnapshotPlace = PostgresPlace & { readonly schema: Schema };

/** A connection of its own to one schema, as its role, with nobody's time limits. */
export interface SnapshotConnection extends AsyncDisposable {
  /** Which database it is to. */
  readonly database: string;
  readonly schema: Schema;
  readonly onNodes: boolean;
  query<R>(text: string): Promise<R[]>;
  /** Begins a transaction that may read everybody's rows, on whatever node. */
  begin(mode: string, first: readonly string[]): Promise<void>;
  /** Another one to the same place. */
  again(): Promise<SnapshotConnection>;
}

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * From a cluster's node all rows come by one connection: a second one would have a snapshot of its
 * own, of a later moment.
 */
const SETTINGS = { ...NODE_SETTINGS, "citus.max_adaptive_executor_pool_size": 1 };

const READ_ALL = [
  `SET LOCAL oubli.subject TO '${EVERY_SUBJECT}'`,
  "SET LOCAL bytea_output TO hex",
] as const;

/** @throws {OubliError} `STORE_LOCKED`, `STORE_UNAVAILABLE` */
export async function openConnection(place: SnapshotPlace): Promise<SnapshotConnection> {
  const { Client: DriverClient } = await loadDriver();
  const settings = connectionSettings(place.url);
  const client = new DriverClient({
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
  const role = schemaName(place.region, place.schema);
  const path = `${quoteName(role)}, pg_temp`;
  const { host, port, database: name } = settings;
  try {
    await client.connect();
    await query(`SET ROLE ${quoteName(role)};
      SELECT set_config('search_path', '${path}', false);
      SET statement_timeout TO 0;
      SET idle_in_transaction_session_timeout TO 0;
      ${shareOf(role)}`);
    await refuseLocked(client, role, null);
    return {
      database: JSON.stringify([host, port, name]),
      schema: place.schema,
      onNodes: await prepareForNodes(client, role),
      query,
      async begin(mode, first) {
        // The transaction stays where it began; a pooler may have begun it on another connection.
        const here = `SELECT 1 / (current_user = '${role}'
          AND current_setting('search_path') = '${path}')::int`;
        // Each by itself: a node is told of a SET LOCAL with all that its message held.
        for (const text of [`BEGIN ${mode}`, ...first, ...READ_ALL, here]) await query(text);
      },
      again: () => openConnection(place),
      [Symbol.asyncDispose]: () => client.end(),
    };
  } catch (error) {
    await client.end().catch(() => {});
    throw storeError(error);
  }
}

async function prepareForNodes(client: Client, role: string): Promise<boolean> {
  const onNodes = await isOnNodes(client, role);
  if (onNodes) {
    const set = Object.entries(SETTINGS).map(([name, value]) => `SET ${name} TO ${value}`);
    await client.query(set.join(";"));
  }
  return onNodes;
}
