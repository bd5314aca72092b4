import { word, type Word } from "#kernel";

import type { Collection, ColumnStrategy, Declaration } from "./declaration.ts";
import { columnOf, tableOf } from "./declare.ts";
import { looksPersonal } from "./personal-names.ts";
import type { SchemaColumn, SchemaTable } from "./schema.ts";
import type { SourceFinding } from "./source.ts";
import { HASH_CHARACTERS } from "./strategies.ts";

/**
 * Holds a declaration against the live schema: every table and column is there, every strategy fits
 * its column, and nothing that looks like a person's data was left out of it.
 */
export function checkSchema(
  { collections }: Declaration,
  schema: readonly SchemaTable[],
): readonly SourceFinding[] {
  const tables = new Map(schema.map((table) => [table.name, table]));
  return Object.values(collections).flatMap((collection) => {
    const table = tables.get(collection.name);
    if (table === undefined) return [error("table-missing", collection.name)];
    return [
      ...missing(collection, table, tables),
      ...unfit(collection, table),
      ...undeclared(collection, table),
      ...unguarded(collection, schema, collections),
    ];
  });
}

function missing(
  collection: Collection,
  table: SchemaTable,
  tables: ReadonlyMap<string, SchemaTable>,
): readonly SourceFinding[] {
  const gone = declaredColumns(collection)
    .filter((name) => lacks(table, name))
    .map((name) => error("column-missing", `${collection.name}.${name}`));
  const pointed = Object.values(collection.references)
    .filter((to) => lacks(tables.get(tableOf(to)), columnOf(to)))
    .map((to) => error("column-missing", to));
  return [...gone, ...pointed];
}

function lacks(table: SchemaTable | undefined, name: string): boolean {
  return table !== undefined && !table.columns.some((column) => column.name === name);
}

function declaredColumns({
  identity,
  references,
  key,
  access,
  withheld,
  anchor,
  ...change
}: Collection): readonly string[] {
  const { erase } = change;
  return [
    ...new Set([
      ...Object.keys(identity),
      ...Object.keys(references),
      ...key,
      ...access,
      ...Object.keys(withheld),
      ...(anchor === null ? [] : [anchor]),
      ...(erase.strategy === "tombstone" ? [erase.mark.column] : []),
      ...changes(change).map(([name]) => name),
    ]),
  ];
}

function changes({
  erase,
  anonymise,
}: Pick<Collection, "erase" | "anonymise">): readonly (readonly [string, ColumnStrategy])[] {
  return [
    ...("columns" in erase ? Object.entries(erase.columns) : []),
    ...Object.entries(anonymise ?? {}),
  ];
}

function unfit(collection: Collection, table: SchemaTable): readonly SourceFinding[] {
  return changes(collection).flatMap(([name, strategy]) => {
    const column = table.columns.find((one) => one.name === name);
    const code = column && whyUnfit(column, strategy);
    return code ? [error(code, `${collection.name}.${name}`)] : [];
  });
}

/** Why a strategy cannot be carried out on a column; `null`: it can. */
export function whyUnfit(column: SchemaColumn, strategy: ColumnStrategy): Word | null {
  if (strategy.strategy === "preserve") return null;
  if (column.generated) return word("column-generated");
  switch (strategy.strategy) {
    case "null":
      return column.nullable ? null : word("column-not-null");
    case "constant":
      if (column.unique) return word("constant-in-unique-column");
      return takes(column, strategy.value) ? null : word("constant-of-other-type");
    case "salted-hash":
      if (column.type !== "text") return word("hash-in-other-type");
      return column.length !== null && column.length < HASH_CHARACTERS
        ? word("hash-too-long")
        : null;
    case "generalise":
      if (column.unique) return word("generalised-unique-column");
      return column.type === generalisedType(strategy.to) ? null : word("generalised-other-type");
  }
}

function takes({ type, length }: SchemaColumn, value: string | number | boolean): boolean {
  if (typeof value === "string") {
    const fits = length === null || value.length <= length;
    return (type === "text" || type === "time" || type === "other") && fits;
  }
  return type === typeof value || (type === "number" && typeof value === "boolean");
}

function generalisedType(
  to: Extract<ColumnStrategy, { strategy: "generalise" }>["to"],
): SchemaColumn["type"] {
  if (typeof to === "string") return "time";
  return "step" in to ? "number" : "text";
}

/** A row that goes takes its columns with it; of one that stays, each must be thought of. */
function undeclared(collection: Collection, table: SchemaTable): readonly SourceFinding[] {
  const { erase } = collection;
  const given = new Set([...collection.access, ...Object.keys(collection.withheld)]);
  const gone = new Set(changes(collection).map(([name]) => name));
  const leads = new Set([...collection.key, ...Object.keys(collection.references)]);
  const identity = new Set(Object.keys(collection.identity));
  return table.columns.flatMap(({ name }) => {
    const at = `${collection.name}.${name}`;
    // An identity column that stays leads to the person for ever.
    if ("columns" in erase && identity.has(name) && !gone.has(name)) {
      return [warning("identity-column-kept", at)];
    }
    if (leads.has(name) || identity.has(name) || !looksPersonal(name)) return [];
    const kept = "columns" in erase && !gone.has(name);
    if (kept) return [warning("personal-column-not-erased", at)];
    return given.has(name) || gone.has(name) ? [] : [warning("personal-column-undeclared", at)];
  });
}

/** Tables that nobody declared, and that the database would keep us from, or empty by itself. */
function unguarded(
  { name, erase }: Collection,
  schema: readonly SchemaTable[],
  declared: Declaration["collections"],
): readonly SourceFinding[] {
  if (erase.strategy !== "delete") return [];
  return schema
    .filter((table) => !Object.hasOwn(declared, table.name))
    .flatMap((table) =>
      table.references
        .filter((reference) => reference.table === name)
        .map(({ column, onDelete }) => {
          const at = `${table.name}.${column}`;
          return onDelete === "restrict"
            ? warning("undeclared-table-restricts", at)
            : warning("undeclared-table-follows", at);
        }),
    );
}

function error(code: string, at: string): SourceFinding {
  return { level: "error", code: code as Word, at };
}

function warning(code: string, at: string): SourceFinding {
  return { level: "warning", code: code as Word, at };
}
