import { createHash } from "node:crypto";

import { OubliError, word } from "#kernel";

/** One numbered step of a schema. Forward only: a released step never changes. */
export interface Migration {
  readonly id: string;
  /** Unqualified names: they are made in the database's own schema. */
  readonly sql: string;
  /** Every table that the step makes, and what the application may do with it. */
  readonly tables: Readonly<Record<string, TableRights>>;
}

export interface TableRights {
  /** Privileges of the application's role, as after `GRANT`: `SELECT, INSERT, UPDATE (size)`. */
  readonly grant: string;
  /**
   * The column with the subject whose row it is: row-level security shows and takes only rows of
   * the session's subject. `null` where rows are nobody's, with the reason beside it.
   */
  readonly guard: string | null;
}

export interface Schema {
  readonly name: "memory" | "keys" | "audit" | "notary";
  readonly migrations: readonly Migration[];
}

/** Which steps of its schema ran: it comes first, since it says what the rows behind it fit. */
export const STEPS = "migration";

/** Every table of a schema. */
export function tablesOf({ migrations }: Schema): readonly string[] {
  return [STEPS, ...new Set(migrations.flatMap(({ tables }) => Object.keys(tables)))];
}

/** The longest name that PostgreSQL does not cut, less what a restore sets behind it. */
const NAME_MAX = 63 - "_next".length;

/** The schema of one database of a region; the application's role there has the same name. */
export function schemaName(region: string, { name }: Pick<Schema, "name">): string {
  const full = `oubli_${region}_${name}`;
  if (!/^[a-z][a-z0-9_-]*$/.test(region) || full.length > NAME_MAX) {
    throw new OubliError("CONFIG_INVALID", { field: word("region"), max: NAME_MAX });
  }
  return full;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Tells a step that was changed after it ran from the one that ran. */
export function digestOf({ id, sql, tables }: Migration): string {
  return createHash("sha256")
    .update(JSON.stringify([id, sql, tables]))
    .digest("hex");
}
