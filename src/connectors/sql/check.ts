import type { Word } from "#kernel";
import {
  checkSchema,
  looksPersonal,
  tableOf,
  type Collection,
  type ColumnType,
  type SourceFinding,
} from "#sources";
import { sql } from "kysely";

import { failure } from "../failure.ts";
import { pointingTo } from "./cascades.ts";
import type { LiveTable } from "./engine.ts";
import { isWithoutAccess } from "./export.ts";
import type { Session } from "./session.ts";

/** The declaration against the live tables: what is wrong, and what was perhaps forgotten. */
export function findings(session: Session): readonly SourceFinding[] {
  const { declaration, tables } = session;
  const declared = Object.values(declaration.collections);
  const own = [...tables.values()].filter(({ copy }) => !copy);
  return [
    ...checkSchema(declaration, own),
    ...declared.flatMap((collection) => {
      const table = own.find(({ name }) => name === collection.name);
      return table === undefined ? [] : inTable(session, collection, table);
    }),
    ...[...tables.values()]
      .filter(({ name, copy }) => copy || !Object.hasOwn(declaration.collections, name))
      .flatMap(undeclared),
  ];
}

/**
 * Nothing is begun under a declaration that the tables have grown away from.
 *
 * @param table Of a rule that deletes its rows alone: what is wrong with it, with the tables by which
 *   they lead to a person, or with those that lose rows along with it. Default: anything.
 * @throws {OubliError} `SOURCE_FAILED` with `declaration-invalid`; `sources check` says what.
 */
export function refuseUnsound(session: Session, table?: string): void {
  const around = table === undefined ? null : tablesAround(session, table);
  const errors = findings(session).filter(
    ({ level, at = "" }) => level === "error" && (around === null || isIn(around, at)),
  );
  if (errors.length > 0) throw failure(session.source, "declaration-invalid");
}

function tablesAround({ declaration, tables }: Session, name: string): ReadonlySet<string> {
  const up = closure(name, (one) =>
    Object.values(declaration.collections[one]?.references ?? {}).map(tableOf),
  );
  const down = closure(name, (one) => pointingTo(tables, one).map(({ child }) => child.name));
  return new Set([...up, ...down]);
}

function closure(from: string, next: (name: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set([from]);
  for (const name of found) for (const one of next(name)) found.add(one);
  return found;
}

const isIn = (names: ReadonlySet<string>, at: string): boolean =>
  [...names].some((name) => at === name || at.startsWith(`${name}.`));

function inTable(session: Session, collection: Collection, table: LiveTable): SourceFinding[] {
  const { name, key, identity, anchor, maxAge, erase } = collection;
  const found: SourceFinding[] = [];
  // Rows with equal keys would be passed over between pages, or be treated with each other.
  if (!table.keys.some((columns) => columns.every((column) => key.includes(column)))) {
    found.push(error("key-not-unique", name));
  }
  // Whom nobody is shown would be said to be gone.
  if (table.hidden) found.push(error("rows-hidden", name));
  for (const column of Object.keys(identity)) {
    const type = table.typeNames[column];
    if (type === undefined) continue;
    const comparable = session.engine.is(sql.ref(column), type, "x");
    if (comparable === null) found.push(error("identity-of-other-type", `${name}.${column}`));
    // What stays is to be said, with its ground: nobody is erased whose name still stands there.
    const stays = "columns" in erase && erase.columns[column] === undefined;
    if (stays) found.push(error("identity-column-kept", `${name}.${column}`));
  }
  if (maxAge !== null && anchor !== null && !isAnchor(session, typeOf(table, anchor))) {
    const accepted = session.engine.anchors.join(" | ") as Word;
    found.push({ ...error("anchor-no-time", `${name}.${anchor}`), accepted });
  }
  // A package says of each row that it is held, and shows nothing of it.
  if (isWithoutAccess(collection)) found.push(warning("access-undeclared", name));
  return [...found, ...takenAlong(session, collection)];
}

/** Rows that are to stay, and that the database deletes with those that are not. */
function takenAlong(
  { tables, declaration }: Session,
  { name, erase }: Collection,
): readonly SourceFinding[] {
  if (erase.strategy !== "delete") return [];
  return pointingTo(tables, name).flatMap(({ child, key }) => {
    const other = declaration.collections[child.name];
    const taken = key.onDelete === "cascade" && other && other.erase.strategy !== "delete";
    return taken ? [error("cascade-takes-kept-rows", `${child.name}.${key.columns[0]!}`)] : [];
  });
}

/** Tables that nobody declared, with columns that look like a person's. */
function undeclared({ name, columns }: LiveTable): readonly SourceFinding[] {
  return columns
    .filter((column) => looksPersonal(column.name))
    .map((column) => warning("personal-column-undeclared", `${name}.${column.name}`));
}

function isAnchor({ engine }: Session, type: ColumnType | undefined): boolean {
  return type !== undefined && engine.anchors.includes(type);
}

const typeOf = (table: LiveTable, name: string): ColumnType | undefined =>
  table.columns.find((column) => column.name === name)?.type;

const error = (code: string, at: string): SourceFinding => ({
  level: "error",
  code: code as Word,
  at,
});

const warning = (code: string, at: string): SourceFinding => ({
  level: "warning",
  code: code as Word,
  at,
});
