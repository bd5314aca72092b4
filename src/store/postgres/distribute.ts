import { OubliError, word } from "#kernel";

import type { Client } from "./client.ts";
import { PLANS } from "./connection-plans.ts";
import { connectionSettings } from "./connection-settings.ts";
import { DISTRIBUTION, isDistributed, type Standing } from "./distribution.ts";
import { loadDriver } from "./driver.ts";
import type { Change } from "./migrate.ts";
import { storeError } from "./postgres-errors.ts";
import { quoteName, schemaName, type Schema } from "./schema.ts";
import { countApplied, type AppliedStep } from "./schema-version.ts";

export interface DistributeOptions {
  /** Of an administrator, at the cluster's coordinator. */
  readonly url: string;
  readonly region: string;
  /** Those that {@link isDistributed} says stay whole are left as they are. */
  readonly schemas: readonly Schema[];
  /** Says what it would run, and runs none of it. Default: `false`. */
  readonly dryRun?: boolean;
}

/** What was done to one schema. */
export interface Distributed {
  readonly name: string;
  /** The tables that were spread or copied by this run, and those that were before. */
  readonly tables: readonly string[];
  readonly before: readonly string[];
  /** Every statement that changes something, in its order. */
  readonly sql: readonly string[];
}

/**
 * Spreads a region's memory and keys over the nodes of a Citus cluster, each schema in one
 * transaction; what is spread already stays. To be run again after a migration.
 *
 * @throws {OubliError} `CONFIG_INVALID` where the database has no Citus; `SCHEMA_OLDER`,
 *   `SCHEMA_NEWER`, `STORE_DAMAGED`, `STORE_UNAVAILABLE`.
 */
export async function distribute(options: DistributeOptions): Promise<readonly Distributed[]> {
  const { url, region, schemas, dryRun = false } = options;
  const { Client: DriverClient } = await loadDriver();
  const client = new DriverClient({ ...connectionSettings(url), application_name: "oubli" });
  client.on("error", () => {});
  try {
    const done: Distributed[] = [];
    const divided = schemas.filter(({ name }) => isDistributed(name));
    if (divided.length === 0) return done;
    await client.connect();
    await refuseWithoutCitus(client);
    for (const schema of divided) done.push(await spread(client, region, schema, dryRun));
    return done;
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.end();
  }
}

/** Single-node functions of a cluster came with it; older ones cannot be asked from every node. */
const CITUS_MIN = 12;

async function refuseWithoutCitus(client: Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT split_part(extversion, '.', 1)::int AS version FROM pg_extension
     WHERE extname = 'citus'`,
  );
  const found = (rows as { version: number }[])[0]?.version ?? 0;
  if (found >= CITUS_MIN) return;
  throw new OubliError("CONFIG_INVALID", { field: word("store.citus"), found, min: CITUS_MIN });
}

async function spread(
  client: Client,
  region: string,
  schema: Schema,
  dryRun: boolean,
): Promise<Distributed> {
  const name = schemaName(region, schema);
  const sql: string[] = [];
  const change = async (statement: string): Promise<void> => {
    sql.push(statement);
    if (!dryRun) await client.query(statement);
  };
  await client.query("BEGIN");
  try {
    // Waits for another process that migrates or distributes, and then finds its work done.
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [name]);
    await refuseOther(client, name, schema);
    const { tables, before } = await spreadSchema(client, change, { name, role: name, schema });
    await client.query("COMMIT");
    return { name, tables, before, sql };
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

interface SchemaToSpread {
  readonly name: string;
  /** Has the rights. A restore stages a schema of another name for it. */
  readonly role: string;
  readonly schema: Schema;
}

/** Spreads those tables of a schema that are there and stand on no node yet, in a transaction. */
export async function spreadSchema(
  client: Client,
  change: Change,
  { name, role, schema }: SchemaToSpread,
): Promise<Pick<Distributed, "tables" | "before">> {
  // Ours read nothing but their row.
  await client.query("SET LOCAL citus.enable_unsafe_triggers TO on");
  const before = await spreadTables(client, name);
  const there = await tablesIn(client, name);
  const standings = DISTRIBUTION[schema.name as keyof typeof DISTRIBUTION];
  const missing = Object.entries(standings).filter(
    ([table]) => there.includes(table) && !before.includes(table),
  );
  if (missing.length > 0) await letNodesIn(change, role);
  for (const [table, standing] of missing) {
    await loosenPolicy(client, change, { name, table });
    await change(callFor(name, table, standing));
    await change(emptyLocal(name, table));
  }
  return { tables: missing.map(([table]) => table), before };
}

/** Spreads only what this version made: of another one it does not know every table. */
async function refuseOther(client: Client, name: string, schema: Schema): Promise<void> {
  const there = await client.query("SELECT to_regclass($1) AS there", [
    `${quoteName(name)}.migration`,
  ]);
  let applied: AppliedStep[] = [];
  if ((there.rows as { there: string | null }[])[0]!.there !== null) {
    const text = `SELECT id, digest FROM ${quoteName(name)}.migration ORDER BY id`;
    applied = (await client.query(text)).rows as AppliedStep[];
  }
  const found = countApplied(applied, schema);
  const known = schema.migrations.length;
  if (found < known) throw new OubliError("SCHEMA_OLDER", { found, known });
}

async function spreadTables(client: Client, name: string): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT relname AS table FROM pg_dist_partition JOIN pg_class ON oid = logicalrelid
     WHERE relnamespace = to_regnamespace($1) ORDER BY relname`,
    [quoteName(name)],
  );
  return (rows as { table: string }[]).map(({ table }) => table);
}

async function tablesIn(client: Client, name: string): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT relname AS table FROM pg_class
     WHERE relnamespace = to_regnamespace($1) AND relkind = 'r'`,
    [quoteName(name)],
  );
  return (rows as { table: string }[]).map(({ table }) => table);
}

/**
 * A node speaks to another as the role whose statement it is, so that rights and row-level security
 * hold there as well. That role has no password: only the nodes' own way to each other lets it in.
 * What a session of ours sets for itself does not reach the nodes; what its role is set to does.
 */
async function letNodesIn(change: Change, role: string): Promise<void> {
  await change(`ALTER ROLE ${quoteName(role)} LOGIN`);
  for (const [setting, value] of Object.entries(PLANS)) {
    await change(`ALTER ROLE ${quoteName(role)} SET ${setting} TO ${value}`);
  }
}

/** Citus takes no subquery in a policy. The setting is then read once a row, of which few are read. */
async function loosenPolicy(
  client: Client,
  change: Change,
  { name, table }: { readonly name: string; readonly table: string },
): Promise<void> {
  const { rows } = await client.query(
    `SELECT pg_get_expr(polqual, polrelid) LIKE '%SELECT%' AS nested FROM pg_policy
     WHERE polname = 'own_subject' AND polrelid = to_regclass($1)`,
    [`${quoteName(name)}.${quoteName(table)}`],
  );
  if ((rows as { nested: boolean }[])[0]?.nested !== true) return;
  const setting = "current_setting('oubli.subject', true)";
  await change(
    `ALTER POLICY own_subject ON ${quoteName(name)}.${quoteName(table)} ` +
      `USING (subject_id = ${setting} OR ${setting} = '*')`,
  );
}

/** Rows that were there are copied to the nodes; where they were they stay on disk, and unseen. */
const emptyLocal = (name: string, table: string): string =>
  `SELECT truncate_local_data_after_distributing_table(${regclass(name, table)})`;

function callFor(name: string, table: string, standing: Standing): string {
  if (standing === "copied") return `SELECT create_reference_table(${regclass(name, table)})`;
  const { by, beside } = standing;
  const group = beside === null ? "'none'" : regclass(name, beside);
  return (
    `SELECT create_distributed_table(${regclass(name, table)}, ${literal(by)}, ` +
    `colocate_with => ${group})`
  );
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const regclass = (name: string, table: string): string =>
  literal(`${quoteName(name)}.${quoteName(table)}`);
