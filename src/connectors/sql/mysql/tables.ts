import type { ColumnType } from "#sources";
import { sql } from "kysely";

import type { Database, ForeignKey, LiveTable } from "../engine.ts";
import { nameIn, onDeleteOf, tableFrom, type ReadColumn } from "../tables.ts";

interface Place {
  readonly schema: string;
  readonly table: string;
  readonly near: number;
}

interface ColumnRow extends Place {
  readonly copy: number;
  readonly name: string;
  readonly type: string;
  readonly whole: string;
  readonly length: number | null;
  readonly nullable: string;
  readonly expression: string | null;
}

interface IndexRow extends Place {
  readonly index: string;
  readonly column: string | null;
}

interface KeyRow extends Place {
  readonly name: string;
  readonly column: string;
  readonly toSchema: string;
  readonly toTable: string;
  readonly toNear: number;
  readonly toColumn: string;
  readonly action: string;
}

/** The tables of this database by name, and those of others, as the catalogue has them now. */
export async function readTables(
  db: Database,
  declared: ReadonlySet<string>,
): Promise<readonly LiveTable[]> {
  const name = ({ schema, table, near }: Place) =>
    nameIn(declared, { schema, table, near: Number(near) === 1 });
  const columns = Map.groupBy((await COLUMNS.execute(db)).rows, name);
  const indexes = Map.groupBy((await INDEXES.execute(db)).rows, name);
  const keys = Map.groupBy((await FOREIGN_KEYS.execute(db)).rows, name);
  return [...columns].map(([table, rows]) =>
    tableFrom(table, rows.map(columnOf), {
      copy: Number(rows[0]!.copy) === 1,
      keys: uniqueSets(indexes.get(table) ?? []),
      primaryKey: (indexes.get(table) ?? [])
        .filter(({ index }) => index === "PRIMARY")
        .map(({ column }) => column!),
      foreignKeys: foreignKeys(keys.get(table) ?? [], name),
    }),
  );
}

const SYSTEM = sql`('information_schema', 'mysql', 'performance_schema', 'sys')`;

const COLUMNS = sql<ColumnRow>`
  select c.table_schema as \`schema\`, c.table_name as \`table\`,
    c.table_schema <=> database() as near, t.table_type <> 'BASE TABLE' as copy,
    c.column_name as name, c.data_type as type,
    c.column_type as whole, c.character_maximum_length as length, c.is_nullable as nullable,
    c.generation_expression as expression
  from information_schema.columns c
  join information_schema.tables t on t.table_schema = c.table_schema
    and t.table_name = c.table_name
  where t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and c.table_schema not in ${SYSTEM}
  order by c.table_schema, c.table_name, c.ordinal_position`;

const INDEXES = sql<IndexRow>`
  select table_schema as \`schema\`, table_name as \`table\`, table_schema <=> database() as near,
    index_name as \`index\`, if(sub_part is null, column_name, null) as \`column\`
  from information_schema.statistics
  where non_unique = 0 and table_schema not in ${SYSTEM}
  order by table_schema, table_name, index_name, seq_in_index`;

const FOREIGN_KEYS = sql<KeyRow>`
  select k.table_schema as \`schema\`, k.table_name as \`table\`,
    k.table_schema <=> database() as near, k.constraint_name as name, k.column_name as \`column\`,
    k.referenced_table_schema as toSchema, k.referenced_table_name as toTable,
    k.referenced_table_schema <=> database() as toNear, k.referenced_column_name as toColumn,
    r.delete_rule as action
  from information_schema.key_column_usage k
  join information_schema.referential_constraints r
    on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name
    and r.table_name = k.table_name
  where k.referenced_table_name is not null and k.table_schema not in ${SYSTEM}
  order by k.table_schema, k.table_name, k.constraint_name, k.ordinal_position`;

function columnOf({ name, type, whole, length, nullable, expression }: ColumnRow): ReadColumn {
  const kind = whole.startsWith("tinyint(1)") ? "boolean" : (TYPES[type] ?? "other");
  return {
    column: {
      name,
      type: kind,
      length: kind === "text" && length !== null ? Number(length) : null,
      nullable: nullable === "YES",
      generated: expression !== null && expression !== "",
    },
    typeName: type,
  };
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  ...named("text", "char varchar tinytext text mediumtext longtext"),
  ...named("number", "tinyint smallint mediumint int bigint decimal float double"),
  ...named("time", "date datetime timestamp"),
  ...named("binary", "binary varbinary tinyblob blob mediumblob longblob"),
  ...named("json", "json"),
};

function named(type: ColumnType, names: string): Record<string, ColumnType> {
  return Object.fromEntries(names.split(" ").map((name) => [name, type]));
}

/** Of an index with an expression, or with a part of a column, the columns alone are not unique. */
function uniqueSets(rows: readonly IndexRow[]): readonly (readonly string[])[] {
  return [...Map.groupBy(rows, ({ index }) => index).values()]
    .filter((set) => set.every(({ column }) => column !== null))
    .map((set) => set.map(({ column }) => column!));
}

function foreignKeys(
  rows: readonly KeyRow[],
  nameOf: (place: Place) => string,
): readonly ForeignKey[] {
  return [...Map.groupBy(rows, ({ name }) => name).values()].map((set) => {
    const [{ toSchema, toTable, toNear, action }] = set as [KeyRow];
    return {
      columns: set.map(({ column }) => column),
      table: nameOf({ schema: toSchema, table: toTable, near: toNear }),
      to: set.map(({ toColumn }) => toColumn),
      onDelete: onDeleteOf(action),
    };
  });
}
