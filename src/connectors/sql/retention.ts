import type { EpochMs, Word } from "#kernel";
import {
  tableOf,
  type Collection,
  type Declaration,
  type Identity,
  type SourceRetention,
} from "#sources";
import { sql } from "kysely";

import { furtherNames } from "../template.ts";
import { batches } from "./batches.ts";
import { belongs, type Condition } from "./belongs.ts";
import { refuseUnsound } from "./check.ts";
import { countOf, deleteRows } from "./rows.ts";
import { inSession, type Session, type SqlPlace } from "./session.ts";

/** One rule for each table that says how long its rows are kept. */
export function retentionOf(place: SqlPlace): readonly SourceRetention[] {
  return Object.values(place.declaration.collections).flatMap((collection) => {
    const { name, anchor, maxAge } = collection;
    if (anchor === null || maxAge === null) return [];
    return [
      {
        rule: name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-") as Word,
        maxAge,
        guarded: true,
        spares: isSpared(place.declaration, collection, []),
        count: (before, signal, held = []) =>
          inSession(place, signal, (session) => {
            refuseUnsound(session, name);
            return countOf(session.db, name, expired(session, collection, { before, held }));
          }),
        sweep: (before, limit, signal, held = []) =>
          inSession(place, signal, (session) =>
            sweep(session, collection, { before, limit, held }),
          ),
      } satisfies SourceRetention,
    ];
  });
}

interface Old {
  readonly before: EpochMs;
  /** Whoever is on hold. */
  readonly held: readonly Identity[];
}

function expired(session: Session, collection: Collection, { before, held }: Old): Condition {
  const { name, anchor } = collection;
  const old = session.engine.before(sql.ref(`${name}.${anchor!}`), new Date(before).toISOString());
  if (held.length === 0) return old;
  // Not true, for a row that leads to nobody is nobody's on hold, and no more kept than others.
  const theirs = held.map((who) => belongs(session, collection, who));
  return sql<boolean>`(${old} and (${sql.join(theirs, sql` or `)}) is not true)`;
}

/** Whether every way from its rows to a person is by a name that is known of whoever is on hold. */
function isSpared(
  declaration: Declaration,
  { name, identity, references }: Collection,
  path: readonly string[],
): boolean {
  if (path.includes(name)) return true;
  const own = Object.values(identity);
  const parents = Object.values(references).map((to) => declaration.collections[tableOf(to)]!);
  return (
    own.length + parents.length > 0 &&
    furtherNames(own).length === 0 &&
    parents.every((parent) => isSpared(declaration, parent, [...path, name]))
  );
}

/** Batch by batch, each a transaction of its own; rows that others hold come another time. */
async function sweep(
  session: Session,
  collection: Collection,
  { limit, ...old }: Old & { readonly limit: number },
): Promise<number> {
  const { name: table, key } = collection;
  refuseUnsound(session, table);
  const where = expired(session, collection, old);
  const batched = { table, key, columns: [], where, limit };
  const deleted = batches(session, batched, async (db, rows) => {
    const keys = rows.map((one) => one.key);
    await deleteRows(session, db, collection, keys);
    return rows.length;
  });
  let swept = 0;
  for await (const rows of deleted) swept += rows;
  return swept;
}
