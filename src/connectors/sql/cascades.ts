import type { CollectionOutcome } from "#sources";
import { sql } from "kysely";

import type { Condition } from "./belongs.ts";
import type { Database, ForeignKey, LiveTable } from "./engine.ts";
import { countOf, refs } from "./rows.ts";
import type { Session } from "./session.ts";

/** Far deeper than tables are nested. What points to itself is followed as far. */
const DEPTH_MAX = 16;

/**
 * What the database will take or empty by itself when these rows are deleted, table by table: it
 * tells nobody afterwards.
 *
 * @param where The rows, in the transaction that deletes them.
 */
export async function cascades(
  session: Session,
  db: Database,
  table: string,
  where: Condition,
  depth = 0,
): Promise<readonly CollectionOutcome[]> {
  if (depth === DEPTH_MAX) return [];
  const found: CollectionOutcome[] = [];
  for (const { child, key } of pointingTo(session.tables, table)) {
    const condition = pointing(child.name, key, where);
    // The rows themselves are counted where they are deleted.
    const others =
      child.name === table ? sql<boolean>`${condition} and (${where}) is not true` : condition;
    const records = await countOf(db, child.name, others);
    if (records === 0) continue;
    const strategy = key.onDelete === "cascade" ? "delete" : "null";
    found.push({ name: child.name, records, strategy });
    if (strategy === "null") continue;
    found.push(...(await cascades(session, db, child.name, others, depth + 1)));
  }
  return found;
}

/** Foreign keys through which deleting rows of a table touches others. */
export function pointingTo(
  tables: ReadonlyMap<string, LiveTable>,
  table: string,
): readonly { readonly child: LiveTable; readonly key: ForeignKey }[] {
  return [...tables.values()].flatMap((child) =>
    child.foreignKeys
      .filter((key) => key.table === table && key.onDelete !== "restrict")
      .map((key) => ({ child, key })),
  );
}

function pointing(child: string, { columns, table, to }: ForeignKey, where: Condition): Condition {
  return sql<boolean>`(${refs(child, columns)}) in (
    select ${refs(table, to)} from ${sql.table(table)} where ${where})`;
}
