import type { Client } from "pg";

import { connectionSettings } from "./connection-settings.ts";
import { loadDriver } from "./driver.ts";
import { storeError } from "./postgres-errors.ts";
import { digestOf, quoteName, schemaName, type Migration, type Schema } from "./schema.ts";
import { countApplied, type AppliedStep } from "./schema-version.ts";

export interface MigrateOptions {
  /** Of an administrator, who may create roles and schemas. */
  readonly url: string;
  readonly region: string;
  readonly schemas: readonly Schema[];
  /** Roles that exist and log in: each becomes a member of the schemas' roles. */
  readonly logins: readonly string[];
}

/**
 * Makes a region's schemas in one database, or brings them up to date, each in one transaction.
 *
 * Every schema has a role of its own that cannot log in, owns nothing and has the rights that its
 * steps name: it cannot make or change a table, and sees no other schema.
 *
 * @throws {OubliError} `SCHEMA_NEWER`, `STORE_DAMAGED`, `CONFIG_INVALID`, `STORE_UNAVAILABLE`.
 */
export async function migrate({ url, region, schemas, logins }: MigrateOptions): Promise<void> {
  const { Client: DriverClient } = await loadDriver();
  const client = new DriverClient({ ...connectionSettings(url), application_name: "oubli" });
  client.on("error", () => {});
  try {
    await client.connect();
    for (const schema of schemas) {
      const name = schemaName(region, schema);
      await makeRole(client, name, logins);
      await migrateOne(client, name, schema);
    }
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.end();
  }
}

/** Roles belong to the whole server, where another database's migration may make the same. */
async function makeRole(client: Client, name: string, logins: readonly string[]): Promise<void> {
  await client.query(`
    DO $$ BEGIN
      CREATE ROLE ${quoteName(name)} NOLOGIN NOINHERIT;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  for (const login of logins) {
    const { rows } = await client.query("SELECT pg_has_role($1, $2, 'MEMBER') AS member", [
      login,
      name,
    ]);
    if ((rows as { member: boolean }[])[0]!.member) continue;
    await client.query(`GRANT ${quoteName(name)} TO ${quoteName(login)}`);
  }
}

async function migrateOne(client: Client, name: string, schema: Schema): Promise<void> {
  const quoted = quoteName(name);
  await client.query("BEGIN");
  try {
    // Waits for another process that migrates, and then finds its work done.
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [name]);
    await client.query(`
      CREATE SCHEMA IF NOT EXISTS ${quoted};
      REVOKE ALL ON SCHEMA ${quoted} FROM PUBLIC;
      GRANT USAGE ON SCHEMA ${quoted} TO ${quoted};
      SET LOCAL search_path TO ${quoted}, pg_temp;
      CREATE TABLE IF NOT EXISTS migration (
        id text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
      GRANT SELECT ON migration TO ${quoted}`);
    const { rows } = await client.query("SELECT id, digest FROM migration ORDER BY id");
    for (const step of schema.migrations.slice(countApplied(rows as AppliedStep[], schema))) {
      await client.query(`${step.sql};\n${rightsSql(step, quoted)}`);
      const ran = [step.id, digestOf(step)];
      await client.query("INSERT INTO migration (id, digest) VALUES ($1, $2)", ran);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
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
