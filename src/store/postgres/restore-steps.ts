import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, OubliError } from "#kernel";

import type { Client } from "./client.ts";
import { isOnNodes } from "./connection-plans.ts";
import { connectionSettings } from "./connection-settings.ts";
import { loadDriver } from "./driver.ts";
import { storeError } from "./postgres-errors.ts";
import { countShares, lockName } from "./restore-lock.ts";
import { quoteName } from "./schema.ts";
import { loadError, loadSnapshot, type Staging } from "./snapshot-loader.ts";

/** How long connections that their process let go of may take to end. */
const SHARES_DEADLINE_MS = 2_000;
const SHARES_PAUSE_MS = 50;

const LOCK_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

export interface StagedSchema {
  /** Which schema it is: another restore's has the same name. */
  readonly number: string;
  /** As the schema that it becomes. */
  readonly onNodes: boolean;
  /** What was wrong with the rows. Whether they are what was signed is asked first. */
  readonly failure: unknown;
}

export async function asAdmin<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { Client: DriverClient } = await loadDriver();
  const client = new DriverClient({
    ...connectionSettings(url),
    application_name: "oubli",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    // Rows of everybody, also for an owner whom row-level security holds.
    await client.query("SET oubli.subject TO '*'; SET synchronous_commit TO on");
    return await work(client);
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Makes the schema and loads it; what is wrong with the rows is kept for later. */
export async function stage(
  client: Client,
  staging: Staging,
  bytes: AsyncIterable<Uint8Array>,
): Promise<StagedSchema> {
  await refuseUnmade(client, staging);
  const onNodes = await isOnNodes(client, staging.role);
  await client.query(`CREATE SCHEMA ${quoteName(staging.name)}`);
  const number = await numberOf(client, staging.name);
  const rest = unclosed(bytes);
  try {
    await loadSnapshot(client, { ...staging, onNodes }, rest);
    return { number, onNodes, failure: null };
  } catch (error) {
    const failure = loadError(error);
    if (!isOubliError(failure) || failure.code.startsWith("STORE_")) throw failure;
    for await (const _ of rest);
    return { number, onNodes, failure };
  }
}

/** The same bytes, of which one reader may read what another one left. */
function unclosed(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
}

/** @throws {OubliError} `SCHEMA_OLDER` for a server whose roles no migration made. */
export async function refuseUnmade(client: Client, { role, schema }: Staging): Promise<void> {
  const text = "SELECT to_regrole($1) IS NOT NULL AND to_regnamespace($1) IS NOT NULL AS made";
  const { rows } = await client.query(text, [quoteName(role)]);
  if (!(rows as { made: boolean }[])[0]!.made) {
    throw new OubliError("SCHEMA_OLDER", { found: 0, known: schema.migrations.length });
  }
}

/** @throws {OubliError} `STORE_BUSY` while a process has a connection to it. */
export async function refuseUsed(client: Client, role: string): Promise<void> {
  const deadline = performance.now() + SHARES_DEADLINE_MS;
  for (;;) {
    const connections = await countShares(client, [role, lockName(role)]);
    if (connections === 0) return;
    if (performance.now() > deadline) throw new OubliError("STORE_BUSY", { connections });
    await pause(SHARES_PAUSE_MS);
  }
}

export async function lock(client: Client, role: string): Promise<void> {
  const name = quoteName(lockName(role));
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${name};
    CREATE TABLE IF NOT EXISTS ${name}.note (note text NOT NULL);
    DELETE FROM ${name}.note`);
}

export async function readNote(client: Client, name: string): Promise<string | null> {
  if (!(await exists(client, name))) return null;
  const { rows } = await client.query(`SELECT note FROM ${quoteName(name)}.note`);
  return (rows as { note: string }[])[0]?.note ?? null;
}

/** One transaction: whoever looks finds the old one, or the new one. */
export async function putInPlace(
  client: Client,
  { name, role }: Staging,
  number: string,
): Promise<void> {
  await client.query("BEGIN");
  if ((await numberOf(client, name)) !== number) throw new OubliError("STORE_BUSY");
  await client.query(`DROP SCHEMA IF EXISTS ${quoteName(role)} CASCADE;
    ALTER SCHEMA ${quoteName(name)} RENAME TO ${quoteName(role)};
    COMMIT`);
}

async function numberOf(client: Client, name: string): Promise<string> {
  const text = "SELECT to_regnamespace($1)::oid::text AS number";
  const { rows } = await client.query(text, [quoteName(name)]);
  return (rows as { number: string }[])[0]!.number;
}

export async function exists(client: Client, name: string): Promise<boolean> {
  const text = "SELECT to_regnamespace($1) IS NOT NULL AS found";
  const { rows } = await client.query(text, [quoteName(name)]);
  return (rows as { found: boolean }[])[0]!.found;
}

export async function drop(client: Client, name: string): Promise<void> {
  if (await exists(client, name)) await client.query(`DROP SCHEMA ${quoteName(name)} CASCADE`);
}
