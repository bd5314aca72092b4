import type { DatabaseSync } from "node:sqlite";

import { OubliError, type Word } from "#kernel";

/** One numbered step of a store file's schema. Forward only: a released step never changes. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

export interface Schema {
  readonly name: "memory" | "keys" | "audit" | "notary";
  readonly migrations: readonly Migration[];
}

/** Each file's `application_id`: "Oub" and its kind. Others' files are never migrated. */
const APPLICATION_IDS = {
  memory: 0x4f756201,
  keys: 0x4f756202,
  audit: 0x4f756203,
  notary: 0x4f756204,
} as const;

/**
 * Brings a file to the newest schema in one transaction; `user_version` counts the steps taken.
 *
 * @throws {OubliError} `SCHEMA_NEWER` when the file has steps that this version does not know;
 *   `STORE_DAMAGED` when it belongs to another application.
 */
export function migrate(sql: DatabaseSync, schema: Schema): void {
  if (recognise(sql, schema) === schema.migrations.length) return;
  sql.exec("BEGIN IMMEDIATE");
  try {
    // Judged again under the lock: another process may have migrated meanwhile.
    for (const { sql: step } of schema.migrations.slice(versionOf(sql, schema))) sql.exec(step);
    sql.exec(`PRAGMA user_version = ${schema.migrations.length}`);
    sql.exec(`PRAGMA application_id = ${APPLICATION_IDS[schema.name]}`);
    sql.exec("COMMIT");
  } catch (error) {
    if (sql.isTransaction) sql.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Reads whose file this is, and changes nothing of it.
 *
 * @returns how many steps its schema has; 0 for an empty file.
 * @throws {OubliError} as {@link migrate}.
 */
export function recognise(sql: DatabaseSync, schema: Schema): number {
  // One transaction, so that another process that is migrating is seen before or after, not half.
  sql.exec("BEGIN");
  try {
    return versionOf(sql, schema);
  } finally {
    if (sql.isTransaction) sql.exec("COMMIT");
  }
}

function versionOf(sql: DatabaseSync, schema: Schema): number {
  const version = pragma(sql, "user_version");
  const application = pragma(sql, "application_id");
  const ours = application === APPLICATION_IDS[schema.name];
  if (!ours && (application !== 0 || version !== 0 || !isEmpty(sql))) {
    throw new OubliError("STORE_DAMAGED", { expected: schema.name as string as Word });
  }
  if (version > schema.migrations.length) {
    throw new OubliError("SCHEMA_NEWER", { found: version, known: schema.migrations.length });
  }
  return version;
}

function isEmpty(sql: DatabaseSync): boolean {
  return sql.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function pragma(sql: DatabaseSync, name: string): number {
  return Object.values(sql.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]!;
}
