import type { Collection } from "#sources";
import { sql, type RawBuilder } from "kysely";

import type { Condition } from "./belongs.ts";
import type { Database, Engine, Row } from "./engine.ts";
import type { Session } from "./session.ts";

/** Which rows, in which part of them. */
export interface Page {
  readonly table: string;
  readonly key: readonly string[];
  /** Beside the key. */
  readonly columns: readonly string[];
  readonly where: Condition;
  /** The key of the last row of the page before. */
  readonly after: readonly unknown[] | null;
  readonly limit: number;
}

/** A row, with its key apart. */
export interface Found {
  readonly key: readonly unknown[];
  readonly row: Row;
}

/** The next rows in the order of their key: pages neither overlap nor skip when rows come and go. */
export async function page(
  db: Database,
  { table, key, columns, where, after, limit }: Page,
): Promise<readonly Found[]> {
  const names = [...new Set([...key, ...columns])];
  const keyed = refs(table, key);
  const beyond = after === null ? sql`` : sql`and (${keyed}) > (${sql.join(after)})`;
  const { rows } = await sql<Row>`
    select ${refs(table, names)} from ${sql.table(table)}
    where ${where} ${beyond} order by ${keyed} limit ${sql.lit(limit)}`.execute(db);
  return rows.map((row) => ({ key: key.map((name) => row[name]), row }));
}

/** Every row, page by page. */
export async function* pages(
  db: Database,
  given: Omit<Page, "after">,
): AsyncGenerator<readonly Found[]> {
  let after: readonly unknown[] | null = null;
  for (;;) {
    const found: readonly Found[] = await page(db, { ...given, after });
    if (found.length > 0) yield found;
    if (found.length < given.limit) return;
    after = found.at(-1)!.key;
  }
}

/** The hint that goes with {@link among}, where the names are those of the primary key. */
export function byKey(
  { engine, tables }: Pick<Session, "engine" | "tables">,
  table: string,
  names: readonly string[],
): RawBuilder<unknown> {
  const { primaryKey = [] } = tables.get(table) ?? {};
  const whole =
    primaryKey.length === names.length && names.every((one) => primaryKey.includes(one));
  return whole ? engine.byPrimaryKey : sql``;
}

/** Deletes the rows of these keys. */
export async function deleteRows(
  session: Pick<Session, "engine" | "tables">,
  db: Database,
  { name, key }: Pick<Collection, "name" | "key">,
  values: readonly (readonly unknown[])[],
): Promise<void> {
  const { engine } = session;
  const from = engine.deleteFrom(sql.table(name), byKey(session, name, key));
  await sql`${from} where ${among(engine, name, key, values)}`.execute(db);
}

/** Rows of these keys. */
export function among(
  engine: Engine,
  table: string,
  names: readonly string[],
  values: readonly (readonly unknown[])[],
): Condition {
  const [name] = names;
  if (names.length === 1) {
    const column = sql.ref(`${table}.${name!}`);
    return engine.oneOf(
      column,
      values.map(([one]) => one),
    );
  }
  const rows = values.map((row) => sql`(${sql.join(row)})`);
  return sql<boolean>`(${refs(table, names)}) in ${engine.tuples(rows)}`;
}

export function refs(table: string, names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(`${table}.${name}`)));
}

export async function countOf(db: Database, table: string, where: Condition): Promise<number> {
  const { rows } = await sql<{ many: unknown }>`
    select count(*) as many from ${sql.table(table)} where ${where}`.execute(db);
  return Number(rows[0]!.many);
}

export async function exists(db: Database, table: string, where: Condition): Promise<boolean> {
  const { rows } = await sql`
    select 1 as one from ${sql.table(table)} where ${where} limit 1`.execute(db);
  return rows.length > 0;
}
