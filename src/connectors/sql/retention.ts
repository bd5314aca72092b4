import type { EpochMs, Word } from "#kernel";
import type { Collection, SourceRetention } from "#sources";
import { sql } from "kysely";

import { refuseUnsound } from "./check.ts";
import { Pace } from "./pace.ts";
import { among, countOf, page, type Found } from "./rows.ts";
import { inSession, type Session, type SqlPlace } from "./session.ts";

/** One rule for each table that says how long its rows are kept. */
export function retentionOf(place: SqlPlace): readonly SourceRetention[] {
  return Object.values(place.declaration.collections).flatMap((collection) => {
    const { name, anchor, maxAge } = collection;
    if (anchor === null || maxAge === null) return [];
    return [
      {
        rule: name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-") as Word,
        count: (before, signal) =>
          inSession(place, signal, (session) => {
            refuseUnsound(session);
            return countOf(session.db, name, expired(session, collection, before));
          }),
        sweep: (before, limit, signal) =>
          inSession(place, signal, (session) => sweep(session, collection, before, limit)),
      } satisfies SourceRetention,
    ];
  });
}

const expired = ({ engine }: Session, { name, anchor }: Collection, before: EpochMs) =>
  engine.before(sql.ref(`${name}.${anchor!}`), new Date(before).toISOString());

/** Batch by batch, each a transaction of its own; rows that others hold come another time. */
async function sweep(
  session: Session,
  collection: Collection,
  before: EpochMs,
  limit: number,
): Promise<number> {
  refuseUnsound(session);
  const { name: table, key } = collection;
  const where = expired(session, collection, before);
  const pace = new Pace({ columns: key.length });
  let swept = 0;
  for (let after: Found["key"] | null = null; swept < limit;) {
    const rows: readonly Found[] = await pace.batch(session.signal, (most) =>
      session.transaction(async (db) => {
        const wanted = {
          table,
          key,
          columns: [],
          where,
          after,
          limit: Math.min(most, limit - swept),
        };
        const found = await page(db, wanted, session.engine.locking(false));
        if (found.length === 0) return found;
        const these = among(
          session.engine,
          table,
          key,
          found.map((one) => one.key),
        );
        await sql`delete from ${sql.table(table)} where ${these}`.execute(db);
        return found;
      }),
    );
    if (rows.length === 0) break;
    swept += rows.length;
    after = rows.at(-1)!.key;
  }
  return swept;
}
