import { columnOf, tableOf, type Collection, type Identity } from "#sources";
import { sql, type RawBuilder } from "kysely";

import { failure } from "../failure.ts";
import { identifierOf } from "../template.ts";
import type { Session } from "./session.ts";

export type Condition = RawBuilder<boolean>;

const NOBODY: Condition = sql<boolean>`1 = 0`;

/**
 * Whether a row is the person's: one of its identity columns has their name, or it points to a row
 * that is theirs.
 *
 * @throws {OubliError} `SOURCE_FAILED`: `identifier-missing` where a table leads to the person only
 *   by a name that they were not given with: what stands there would be left behind as if it were
 *   not theirs. A name that was given as an empty text is one that they do not have.
 */
export function belongs(session: Session, collection: Collection, who: Identity): Condition {
  return reached(session, collection, who, [collection.name]);
}

/**
 * To be asked behind what the names that were given lead to: rows that only another name leads to
 * are not seen without it, and nothing is whole.
 *
 * @throws {OubliError} `SOURCE_FAILED`: `identifier-missing`
 */
export function refuseUnnamed(
  { source, declaration }: Pick<Session, "source" | "declaration">,
  who: Identity,
): void {
  const kinds = Object.values(declaration.collections).flatMap(({ identity }) =>
    Object.values(identity),
  );
  if (kinds.some((kind) => identifierOf(kind, who) === null)) {
    throw failure(source, "identifier-missing");
  }
}

function reached(
  session: Session,
  { name, identity, references }: Collection,
  who: Identity,
  path: readonly string[],
): Condition {
  const known = Object.entries(identity).flatMap(([column, kind]) => {
    const value = identifierOf(kind, who);
    return value === null ? [] : [holds(session, name, column, value)];
  });
  const pointing = Object.entries(references)
    .filter(([, to]) => !path.includes(tableOf(to)))
    .map(([column, to]) => {
      const parent = session.declaration.collections[tableOf(to)]!;
      const theirs = reached(session, parent, who, [...path, parent.name]);
      return sql<boolean>`${sql.ref(`${name}.${column}`)} in (
        select ${sql.ref(`${parent.name}.${columnOf(to)}`)}
        from ${sql.table(parent.name)} where ${theirs})`;
    });
  const ways = [...known, ...pointing];
  if (ways.length === 0) throw failure(session.source, "identifier-missing");
  return sql<boolean>`(${sql.join(ways, sql` or `)})`;
}

function holds(
  { source, tables, engine }: Session,
  table: string,
  column: string,
  value: string,
): Condition {
  if (value === "") return NOBODY;
  const type = tables.get(table)?.typeNames[column] ?? "";
  const condition = engine.is(sql.ref(`${table}.${column}`), type, value);
  if (condition === null) throw failure(source, "declaration-invalid");
  return condition;
}

/** A whole number as databases write it; a name that is none equals no number. */
export function wholeNumber(value: string): bigint | null {
  if (!/^-?(0|[1-9]\d{0,18})$/.test(value)) return null;
  const number = BigInt(value);
  return BigInt.asIntN(64, number) === number ? number : null;
}

/** In whichever case its letters are: a column of that type knows none. */
export function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
