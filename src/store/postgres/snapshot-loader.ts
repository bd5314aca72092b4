import { isOubliError, OubliError } from "#kernel";

import type { Client } from "./client.ts";
import { spreadSchema } from "./distribute.ts";
import { migrateSchema } from "./migrate.ts";
import { storeError } from "./postgres-errors.ts";
import { quoteName, STEPS, tablesOf, type Schema } from "./schema.ts";
import { countApplied, type AppliedStep } from "./schema-version.ts";

/** Where rows are loaded to: a schema that is made for them. */
export interface Staging {
  readonly name: string;
  /** Gets the rights. */
  readonly role: string;
  readonly schema: Schema;
}

/** Whether it becomes one whose tables stand on the nodes of a cluster: then its rows go there. */
export interface OnNodes {
  readonly onNodes: boolean;
}

/** Rows of one statement, and at most so many bytes of them behind the first. */
const ROWS_A_STEP = 1000;
const BYTES_A_STEP = 1024 * 1024;

/** A row is a sealed memory at most, as text. Whoever sends more sends no backup. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Loads a snapshot's lines: the schema as old as it was, then its rows, as they are. Nothing in a
 * line is run: its table is one of those that we know, and its row is a value.
 *
 * @throws {OubliError} `SCHEMA_NEWER`; `BACKUP_DAMAGED` for what is no such snapshot; `STORE_…`.
 */
export async function loadSnapshot(
  client: Client,
  staging: Staging & OnNodes,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const steps: AppliedStep[] = [];
  let made = false;
  for await (const { table, rows } of batchesOf(bytes)) {
    if (table === STEPS && !made) {
      steps.push(...(JSON.parse(`[${rows.join(",")}]`) as AppliedStep[]));
      continue;
    }
    if (!made) await makeSchema(client, staging, steps);
    made = true;
    await insert(client, staging, table, rows);
  }
  // Every schema has rows of its own from its first step on.
  if (!made) throw new OubliError("BACKUP_DAMAGED");
}

/** What its steps insert by themselves goes: the snapshot has it, as it became. */
async function makeSchema(
  client: Client,
  { name, role, schema, onNodes }: Staging & OnNodes,
  steps: readonly AppliedStep[],
): Promise<void> {
  const ordered = steps.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const migrations = schema.migrations.slice(0, countApplied(ordered, schema));
  const older: Schema = { ...schema, migrations };
  const change = async (statement: string): Promise<void> => void (await client.query(statement));
  await migrateSchema(client, change, { name, role, schema: older });
  await client.query(`SET search_path TO ${quoteName(name)}, pg_temp`);
  for (const table of tablesOf(older)) {
    if (table !== STEPS) await client.query(`DELETE FROM ${table}`);
  }
  if (onNodes) await spreadStaged(client, { name, role, schema });
}

/** Its tables that are not on the nodes yet: all at first, and then those of the steps it lacked. */
export async function spreadStaged(client: Client, staging: Staging): Promise<void> {
  await client.query("BEGIN");
  await spreadSchema(client, async (text) => void (await client.query(text)), staging);
  await client.query("COMMIT");
}

async function insert(
  client: Client,
  { schema }: Staging,
  table: string,
  rows: readonly string[],
): Promise<void> {
  if (table === STEPS || !tablesOf(schema).includes(table)) throw new OubliError("BACKUP_DAMAGED");
  const text = `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`;
  await client.query(text, [`[${rows.join(",")}]`]);
}

/** A row that does not fit its table, or is none, is the snapshot's fault, and not the server's. */
export function loadError(error: unknown): unknown {
  if (isOubliError(error)) return error;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  const refused = severity === "ERROR" && typeof code === "string" && /^(22|23|42)/.test(code);
  if (refused || error instanceof SyntaxError) return new OubliError("BACKUP_DAMAGED", {}, error);
  return storeError(error);
}

interface Rows {
  readonly table: string;
  readonly rows: readonly string[];
}

/** Rows of one table that stand behind one another. */
async function* batchesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Rows> {
  let batch = { table: "", rows: [] as string[], size: 0 };
  for await (const line of linesOf(bytes)) {
    const at = line.indexOf(" ");
    const [table, row] = [line.slice(0, at), line.slice(at + 1)];
    const full = batch.rows.length >= ROWS_A_STEP || batch.size + row.length > BYTES_A_STEP;
    if (batch.rows.length > 0 && (full || table !== batch.table)) {
      yield batch;
      batch = { table, rows: [], size: 0 };
    }
    batch.table = table;
    batch.rows.push(row);
    batch.size += row.length;
  }
  if (batch.rows.length > 0) yield batch;
}

const NEWLINE = 0x0a;

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      size += part.length;
      if (size > LINE_BYTES_MAX) throw new OubliError("BACKUP_DAMAGED", { line: size });
      parts.push(part);
      if (end === -1) break;
      yield Buffer.concat(parts).toString("utf8");
      [parts, size] = [[], 0];
      from = end + 1;
    }
  }
  if (size > 0) throw new OubliError("BACKUP_DAMAGED", { line: size });
}
