import { OubliError, word } from "#kernel";

import type { Client } from "./client.ts";
import { isOnNodes } from "./connection-plans.ts";
import { connectionSettings } from "./connection-settings.ts";
import { loadDriver } from "./driver.ts";
import { storeError } from "./postgres-errors.ts";
import { digestOf, quoteName, schemaName, type Migration, type Schema } from "./schema.ts";
import { countApplied, type AppliedStep } from "./schema-version.ts";
import { statementsOf } from "./statements-of.ts";

export interface MigrateOptions {
  /** Of an administrator, who may create roles and schemas. */
  readonly url: string;
  readonly region: string;
  readonly schemas: readonly Schema[];
  /** Roles that exist and log in: each becomes a member of the schemas' roles. */
  readonly logins: readonly string[];
  /** Says what it would run, and runs none of it. Default: `false`. */
  readonly dryRun?: boolean;
}

/** What was done to one schema. */
export interface Migrated {
  /** The schema's name, and its role's. */
  readonly name: string;
  /** The steps that ran, in their order; none: it was up to date. */
  readonly steps: readonly string[];
  /** Who may use it since. */
  readonly granted: readonly string[];
  /** Every statement that changes something, in its order. */
  readonly sql: readonly string[];
}

/**
 * Makes a region's schemas in one database, or brings them up to date, each in one transaction.
 *
 * Every schema has a role of its own that cannot log in, owns nothing and has the rights that its
 * steps name: it cannot make or change a table, and sees no other schema.
 *
 * @throws {OubliError} `SCHEMA_NEWER`, `STORE_DAMAGED`, `CONFIG_INVALID`, `STORE_UNAVAILABLE`.
 */
export async function migrate(options: MigrateOptions): Promise<readonly Migrated[]> {
  const { url, region, schemas, logins, dryRun = false } = options;
  const { Client: DriverClient } = await loadDriver();
  const client = new DriverClient({ ...connectionSettings(url), application_name: "oubli" });
  client.on("error", () => {});
  const done: Migrated[] = [];
  try {
    await client.connect();
    await refuseUnknown(client, logins);
    for (const schema of schemas) {
      const name = schemaName(region, schema);
      const sql: string[] = [];
      const change = async (statement: string): Promise<void> => {
        sql.push(statement);
        if (!dryRun) await client.query(statement);
      };
      const granted = await makeRole(client, change, { name, logins });
      const steps = await migrateSchema(client, change, { name, role: name, schema });
      done.push({ name, granted, steps, sql });
    }
    return done;
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.end();
  }
}

export type Change = (statement: string) => Promise<void>;

async function refuseUnknown(client: Client, logins: readonly string[]): Promise<void> {
  const text = "SELECT count(*)::int AS known FROM pg_roles WHERE rolname = ANY ($1)";
  const { rows } = await client.query(text, [[...new Set(logins)]]);
  const { known } = (rows as { known: number }[])[0]!;
  if (known === new Set(logins).size) return;
  throw new OubliError("CONFIG_INVALID", { field: word("login"), given: logins.length, known });
}

const UNIQUE_VIOLATION = "23505";

/** Roles belong to the whole server, where another database's migration may make the same. */
async function makeRole(
  client: Client,
  change: Change,
  { name, logins }: { readonly name: string; readonly logins: readonly string[] },
): Promise<readonly string[]> {
  await change(`DO $$ BEGIN
  CREATE ROLE ${quoteName(name)} NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  const text = "SELECT pg_has_role($1, oid, 'MEMBER') AS member FROM pg_roles WHERE rolname = $2";
  const granted: string[] = [];
  for (const login of logins) {
    const { rows } = await client.query(text, [login, name]);
    if ((rows as { member: boolean }[])[0]?.member) continue;
    try {
      await change(`GRANT ${quoteName(name)} TO ${quoteName(login)}`);
      granted.push(login);
    } catch (error) {
      // Granted by another one, between the look and this.
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    }
  }
  return granted;
}

interface SchemaToMigrate {
  readonly name: string;
  /** Gets the rights. It exists. */
  readonly role: string;
  readonly schema: Schema;
}

/** Makes one schema, or brings it up to date, in one transaction; answers the steps that ran. */
export async function migrateSchema(
  client: Client,
  change: Change,
  { name, role, schema }: SchemaToMigrate,
): Promise<readonly string[]> {
  const [quoted, user] = [quoteName(name), quoteName(role)];
  await change("BEGIN");
  try {
    // Waits for another process that migrates, and then finds its work done.
    await change(`SELECT pg_advisory_xact_lock(hashtext('${name}'))`);
    await change(`CREATE SCHEMA IF NOT EXISTS ${quoted};
REVOKE ALL ON SCHEMA ${quoted} FROM PUBLIC;
GRANT USAGE ON SCHEMA ${quoted} TO ${user};
SET LOCAL search_path TO ${quoted}, pg_temp;
CREATE TABLE IF NOT EXISTS migration (
  id text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
GRANT SELECT ON migration TO ${user}`);
    const missing = schema.migrations.slice(countApplied(await appliedIn(client, quoted), schema));
    const onNodes = await isOnNodes(client, name);
    for (const step of missing) {
      const sql = `${step.sql};\n${rightsSql(step, user)}`;
      for (const statement of onNodes ? statementsOf(sql) : [sql]) await change(statement);
      const ran = `'${step.id}', '${digestOf(step)}'`;
      await change(`INSERT INTO migration (id, digest) VALUES (${ran})`);
    }
    await change("COMMIT");
    return missing.map(({ id }) => id);
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function appliedIn(client: Client, quoted: string): Promise<readonly AppliedStep[]> {
  const table = `${quoted}.migration`;
  const { rows } = await client.query("SELECT to_regclass($1) IS NULL AS fresh", [table]);
  if ((rows as { fresh: boolean }[])[0]!.fresh) return [];
  const applied = await client.query(`SELECT id, digest FROM ${table} ORDER BY id`);
  return applied.rows as AppliedStep[];
}

/**
 * Grants, and row-level security: FORCE holds it for the tables' owner as well. The setting is
 * read once a statement, not once a row: that is what the inner SELECT is for.
 */
function rightsSql({ tables }: Migration, role: string): string {
  const setting = "(SELECT current_setting('oubli.subject', true))";
  return Object.entries(tables)
    .map(([table, { grant, guard }]) => {
      const granted = `GRANT ${grant} ON ${table} TO ${role};`;
      if (guard === null) return granted;
      return `${granted}
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY own_subject ON ${table}
          USING (${guard} = ${setting} OR ${setting} = '*');`;
    })
    .join("\n");
}
