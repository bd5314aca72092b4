import type { ColumnType, SchemaColumn } from "#sources";
import { sql } from "kysely";

import type { Database, ForeignKey, LiveTable } from "../engine.ts";
import { onDeleteOf, tableFrom } from "../tables.ts";

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
  readonly hidden: number;
}

/** The tables of the file, as its catalogue has them now. */
export async function readTables(db: Database): Promise<readonly LiveTable[]> {
  const { rows } = await sql<{ name: string; type: string }>`
    select name, type from pragma_table_list
    where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite\\_%' escape '\\'
    order by name`.execute(db);
  const names = rows.map(({ name }) => name);
  const primary = new Map<string, readonly string[]>();
  const columns = new Map<string, readonly ColumnRow[]>();
  for (const name of names) {
    const found = await columnRows(db, name);
    columns.set(name, found);
    const key = found.filter(({ pk }) => pk > 0).sort((left, right) => left.pk - right.pk);
    primary.set(
      name,
      key.map((column) => column.name),
    );
  }
  const tables: LiveTable[] = [];
  for (const { name, type } of rows) {
    const uniques = await uniqueSets(db, name);
    const key = primary.get(name)!;
    const keys = key.length > 0 ? [key, ...uniques] : uniques;
    const foreignKeys = await foreignKeysOf(db, name, primary);
    tables.push(
      tableFrom(name, columns.get(name)!.map(columnOf), {
        keys,
        foreignKeys,
        copy: type === "virtual",
      }),
    );
  }
  return tables;
}

async function columnRows(db: Database, table: string): Promise<readonly ColumnRow[]> {
  const { rows } = await sql<ColumnRow>`
    select name, type, "notnull", pk, hidden from pragma_table_xinfo(${table})
    where hidden <> 1`.execute(db);
  return rows;
}

function columnOf({ name, type, notnull, pk, hidden }: ColumnRow) {
  const column: Omit<SchemaColumn, "unique"> = {
    name,
    type: typeOf(type.toUpperCase()),
    length: null, // It is written, and not held.
    nullable: notnull === 0 && pk === 0,
    generated: hidden > 1,
  };
  return { column, typeName: type };
}

/** @source sqlite.org/datatype3.html §3.1, and the names that applications write beside those */
function typeOf(type: string): ColumnType {
  if (/DATE|TIME/.test(type)) return "time";
  if (/BOOL/.test(type)) return "boolean";
  if (/JSON/.test(type)) return "json";
  if (/INT/.test(type)) return "number";
  if (/CHAR|CLOB|TEXT|UUID/.test(type)) return "text";
  if (/BLOB/.test(type)) return "binary";
  return type === "" ? "other" : "number";
}

async function uniqueSets(db: Database, table: string): Promise<readonly (readonly string[])[]> {
  const { rows } = await sql<{ index: string; column: string | null }>`
    select list.name as "index", info.name as "column"
    from pragma_index_list(${table}) as list, pragma_index_info(list.name) as info
    where list."unique" = 1 and list.partial = 0
    order by list.seq, info.seqno`.execute(db);
  const sets = Map.groupBy(rows, ({ index }) => index);
  return [...sets.values()]
    .filter((set) => set.every(({ column }) => column !== null)) // An expression is no column.
    .map((set) => set.map(({ column }) => column!));
}

async function foreignKeysOf(
  db: Database,
  table: string,
  primary: ReadonlyMap<string, readonly string[]>,
): Promise<readonly ForeignKey[]> {
  const { rows } = await sql<{
    id: number;
    table: string;
    from: string;
    to: string | null;
    action: string;
  }>`select id, "table", "from", "to", on_delete as action
     from pragma_foreign_key_list(${table}) order by id, seq`.execute(db);
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((set) => ({
    columns: set.map(({ from }) => from),
    table: set[0]!.table,
    to: set.map(({ to, table: parent }, at) => to ?? primary.get(parent)?.[at] ?? "rowid"),
    onDelete: onDeleteOf(set[0]!.action),
  }));
}
