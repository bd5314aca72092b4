import type { SchemaColumn } from "#sources";

import type { ForeignKey, LiveTable } from "./engine.ts";

export interface ReadColumn {
  readonly column: Omit<SchemaColumn, "unique">;
  readonly typeName: string;
}

/** A table of what a catalogue says. */
export function tableFrom(
  name: string,
  columns: readonly ReadColumn[],
  {
    keys,
    primaryKey = [],
    foreignKeys,
    copy,
    hidden = false,
  }: Pick<LiveTable, "keys" | "foreignKeys" | "copy"> &
    Partial<Pick<LiveTable, "primaryKey" | "hidden">>,
): LiveTable {
  const alone = new Set(keys.filter(({ length }) => length === 1).map(([column]) => column));
  const nullable = new Set(
    columns.filter(({ column }) => column.nullable).map(({ column }) => column.name),
  );
  return {
    name,
    columns: columns.map(({ column }) => ({ ...column, unique: alone.has(column.name) })),
    references: foreignKeys
      .filter((key) => key.columns.length === 1)
      .map(({ columns: [column], table, to: [to], onDelete }) => ({
        column: column!,
        table,
        to: to!,
        onDelete,
      })),
    // Of rows without a value, a unique index has as many as come.
    keys: keys.filter((key) => !key.some((column) => nullable.has(column))),
    primaryKey,
    foreignKeys,
    copy,
    hidden,
    typeNames: Object.fromEntries(columns.map(({ column, typeName }) => [column.name, typeName])),
  };
}

/** As SQL writes it. */
export function onDeleteOf(action: string): ForeignKey["onDelete"] {
  const name = action.toUpperCase();
  if (name === "CASCADE") return "cascade";
  if (name === "SET NULL") return "set-null";
  return name === "SET DEFAULT" ? "set-default" : "restrict";
}

/** A table's name as the declaration writes it: with its schema where it does, or where it must. */
export function nameIn(
  declared: ReadonlySet<string>,
  {
    schema,
    table,
    near,
  }: { readonly schema: string; readonly table: string; readonly near: boolean },
): string {
  const whole = `${schema}.${table}`;
  return near && !declared.has(whole) ? table : whole;
}
