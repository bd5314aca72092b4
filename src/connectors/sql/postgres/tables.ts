import type { ColumnType } from "#sources";
import { sql } from "kysely";

import type { Database, ForeignKey, LiveTable } from "../engine.ts";
import { nameIn, tableFrom, type ReadColumn } from "../tables.ts";

interface Place {
  readonly schema: string;
  readonly table: string;
  readonly near: boolean;
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly length: number | null;
  readonly notnull: boolean;
  readonly generated: boolean;
}

interface TableRow extends Place {
  readonly copy: boolean;
  readonly hidden: boolean;
  readonly columns: readonly ColumnRow[];
  readonly keys: readonly (readonly string[])[] | null;
  readonly foreign:
    | readonly (Place & {
        readonly columns: readonly string[];
        readonly to: readonly string[];
        readonly action: string;
      })[]
    | null;
}

/** The tables that this login sees by name, and those of other schemas, as they are now. */
export async function readTables(
  db: Database,
  declared: ReadonlySet<string>,
): Promise<readonly LiveTable[]> {
  const { rows } = await CATALOGUE.execute(db);
  return rows.map((row) =>
    tableFrom(nameIn(declared, row), row.columns.map(columnOf), {
      copy: row.copy,
      hidden: row.hidden,
      keys: row.keys ?? [],
      foreignKeys: (row.foreign ?? []).map(({ columns, to, action, ...place }): ForeignKey => ({
        columns,
        to,
        table: nameIn(declared, place),
        onDelete: ACTIONS[action] ?? "restrict",
      })),
    }),
  );
}

const ACTIONS: Readonly<Record<string, ForeignKey["onDelete"]>> = {
  c: "cascade",
  n: "set-null",
  d: "set-default",
};

/** Partial and deferred uniqueness tells no row from another. Partitions go with their table. */
const CATALOGUE = sql<TableRow>`
  select n.nspname as schema, c.relname as table, pg_table_is_visible(c.oid) as near,
    c.relkind in ('m', 'f') as copy, row_security_active(c.oid) as hidden,
    (select json_agg(json_build_object(
        'name', a.attname, 'type', coalesce(base.typname, t.typname),
        'length', case when coalesce(base.typname, t.typname) in ('varchar', 'bpchar')
          and greatest(a.atttypmod, t.typtypmod) > 4
          then greatest(a.atttypmod, t.typtypmod) - 4 end,
        'notnull', a.attnotnull or t.typnotnull,
        'generated', a.attgenerated <> '' or a.attidentity = 'a') order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_type base on t.typtype = 'd' and base.oid = t.typbasetype
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select json_agg((select json_agg(a.attname order by k.at)
        from unnest(i.indkey::int2[]) with ordinality as k(num, at)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num
        where k.at <= i.indnkeyatts))
      from pg_index i where i.indrelid = c.oid and i.indisunique and i.indimmediate
        and i.indisvalid and i.indpred is null and i.indexprs is null) as keys,
    (select json_agg(json_build_object(
        'schema', fn.nspname, 'table', fc.relname, 'near', pg_table_is_visible(fc.oid),
        'action', f.confdeltype,
        'columns', (select json_agg(a.attname order by k.at)
          from unnest(f.conkey) with ordinality as k(num, at)
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.num),
        'to', (select json_agg(a.attname order by k.at)
          from unnest(f.confkey) with ordinality as k(num, at)
          join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.num)))
      from pg_constraint f join pg_class fc on fc.oid = f.confrelid
      join pg_namespace fn on fn.oid = fc.relnamespace
      where f.contype = 'f' and f.conrelid = c.oid) as foreign
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'f') and not c.relispartition
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  order by 1, 2`;

function columnOf({ name, type, length, notnull, generated }: ColumnRow): ReadColumn {
  const column = { name, type: typeOf(type), length, nullable: !notnull, generated };
  return { column, typeName: type };
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  ...named("text", "text varchar bpchar citext name"),
  ...named("number", "int2 int4 int8 numeric float4 float8 money"),
  ...named("boolean", "bool"),
  ...named("time", "date timestamp timestamptz"),
  ...named("binary", "bytea"),
  ...named("json", "json jsonb"),
};

function named(type: ColumnType, names: string): Record<string, ColumnType> {
  return Object.fromEntries(names.split(" ").map((name) => [name, type]));
}

const typeOf = (name: string): ColumnType => TYPES[name] ?? "other";
