import type { KeyObject } from "node:crypto";

import type { Collection, ColumnStrategy, ColumnValue, Identity } from "#sources";
import { sql } from "kysely";

import { identifierOf } from "../template.ts";
import type { Database } from "./engine.ts";
import { among, byKey, type Found } from "./rows.ts";
import type { Session } from "./session.ts";
import { isSettled, next, same } from "./values.ts";

export interface Change {
  readonly collection: Collection;
  readonly columns: Readonly<Record<string, ColumnStrategy>>;
  readonly who: Identity;
  readonly salt: KeyObject;
}

/** Changes rows that the caller's transaction holds; answers how many were not so already. */
export async function changeRows(
  session: Session,
  db: Database,
  change: Change,
  found: readonly Found[],
): Promise<number> {
  // Rows of a person mostly become alike: each new content is one statement.
  const alike = new Map<string, { values: Record<string, ColumnValue>; keys: Found["key"][] }>();
  for (const { key, row } of found) {
    const values = newValues(session, change, row);
    if (Object.keys(values).length === 0) continue;
    const name = JSON.stringify(values, (_, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : value,
    );
    const group = alike.get(name) ?? { values, keys: [] };
    group.keys.push(key);
    alike.set(name, group);
  }
  let records = 0;
  for (const { values, keys } of alike.values()) {
    await update(session, db, change.collection, values, keys);
    records += keys.length;
  }
  return records;
}

/** The columns of a row that are not yet as they are to be. */
function newValues(
  { tables }: Session,
  { collection, columns, who, salt }: Change,
  row: Found["row"],
): Record<string, ColumnValue> {
  const values: Record<string, ColumnValue> = {};
  for (const [name, strategy] of Object.entries(columns)) {
    const value = row[name];
    if (
      isSettledFor(tables.get(collection.name)!, { collection, who, salt }, name, {
        value,
        strategy,
      })
    )
      continue;
    values[name] = next(value, typeOf(tables.get(collection.name)!, name), strategy, salt);
  }
  return values;
}

type Table = Session["tables"] extends ReadonlyMap<string, infer One> ? One : never;

const typeOf = (table: Table, name: string): string =>
  table.columns.find((column) => column.name === name)?.type ?? "other";

/**
 * What looks like a hash may be an application's own id. So it counts as one only where it is seen
 * not to be the person's name; any other is hashed again, which a hash bears.
 */
function isSettledFor(
  table: Table,
  { collection, who, salt }: Pick<Change, "collection" | "who" | "salt">,
  name: string,
  { value, strategy }: { readonly value: unknown; readonly strategy: ColumnStrategy },
): boolean {
  if (strategy.strategy === "salted-hash" && value !== null) {
    const kind = collection.identity[name];
    return kind !== undefined && !same(value, identifierOf(kind, who));
  }
  return isSettled(value, typeOf(table, name), strategy, salt);
}

async function update(
  session: Session,
  db: Database,
  { name, key }: Collection,
  values: Readonly<Record<string, ColumnValue>>,
  keys: readonly (readonly unknown[])[],
): Promise<void> {
  const set = Object.entries(values).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  await sql`update ${sql.table(name)} ${byKey(session, name, key)} set ${sql.join(set)}
    where ${among(session.engine, name, key, keys)}`.execute(db);
}

/** Whether all columns of a row are as the strategies leave them. */
export function isChanged(
  { tables }: Session,
  { collection, columns, salt }: Pick<Change, "collection" | "columns" | "salt">,
  row: Found["row"],
): boolean {
  const table = tables.get(collection.name)!;
  return Object.entries(columns).every(([name, strategy]) =>
    isSettled(row[name], typeOf(table, name), strategy, salt),
  );
}
