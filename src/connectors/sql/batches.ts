import { sql } from "kysely";

import type { Condition } from "./belongs.ts";
import type { Database } from "./engine.ts";
import { Pace } from "./pace.ts";
import { among, byKey, page, refs, type Found } from "./rows.ts";
import type { Session } from "./session.ts";

export interface Batched {
  readonly table: string;
  readonly key: readonly string[];
  /** What the work needs of a row beside its key. */
  readonly columns: readonly string[];
  readonly where: Condition;
  /** Rows that others hold are waited for, few at a time; or passed over. */
  readonly waiting?: boolean;
  /** Rows in all. */
  readonly limit?: number;
}

/** Keys that are read at once; a batch takes as many of them as its time allows. */
const KEYS_MAX = 10_000;
const WAITING_ROWS = 20;

/**
 * Works on rows batch by batch, each a transaction of its own, and gives what came of each.
 *
 * Why no lock is held for long: which rows they are is found without one, however many there are
 * and however they must be sorted. A transaction begins with their keys in hand, looks whether they
 * still are what was looked for, and has as many as its time allows.
 */
export async function* batches<Value>(
  session: Session,
  batched: Batched,
  work: (db: Database, rows: readonly Found[]) => Promise<Value>,
): AsyncGenerator<Value> {
  const { key, waiting = false, limit = Infinity } = batched;
  const { batch } = session.engine;
  const most = waiting ? WAITING_ROWS : Math.floor(batch.rowsMax / key.length);
  const pace = new Pace(most, batch.pauseMs);
  let after: Found["key"] | null = null;
  for (let done = 0; done < limit;) {
    const wanted = Math.min(KEYS_MAX, limit - done);
    const found: readonly Found[] = await page(session.db, {
      ...batched,
      columns: [],
      after,
      limit: wanted,
    });
    const keys = found.map((one) => one.key);
    for (let from = 0; from < keys.length;) {
      const { taken, values } = await pace.batch(session.signal, async (rows) => {
        const some = keys.slice(from, from + rows);
        const take = (db: Database) => taking(session, db, batched, some, work);
        return { taken: some.length, values: await session.transaction(take) };
      });
      from += taken;
      yield* values;
    }
    if (found.length < wanted) return;
    done += found.length;
    after = keys.at(-1)!;
  }
}

async function taking<Value>(
  session: Session,
  db: Database,
  { table, key, columns, where, waiting = false }: Batched,
  keys: readonly Found["key"][],
  work: (db: Database, rows: readonly Found[]) => Promise<Value>,
): Promise<readonly Value[]> {
  // By their keys alone: under any other condition a database may lock whatever it looks at on its
  // way. What is ours then stands still, and is looked at again: negated, so that no index that
  // finds all of the person's rows is walked for these.
  const { engine } = session;
  const names = [...new Set([...key, ...columns])];
  const from = sql`from ${sql.table(table)} ${byKey(session, table, key)}`;
  const ours = await sql<Found["row"]>`
    select ${refs(table, names)} ${from}
    where ${among(engine, table, key, keys)} ${engine.locking(waiting)}`.execute(db);
  if (ours.rows.length === 0) return [];
  const found = ours.rows.map((row) => ({ key: key.map((name) => row[name]), row }));
  const held = found.map((one) => one.key);
  const strange = await sql<Found["row"]>`
    select ${refs(table, key)} ${from}
    where ${among(engine, table, key, held)} and (${where}) is not true`.execute(db);
  const others = new Set(strange.rows.map((row) => textOf(key.map((name) => row[name]))));
  const rows = found.filter((one) => !others.has(textOf(one.key)));
  return rows.length === 0 ? [] : [await work(db, rows)];
}

const textOf = (key: Found["key"]): string => key.map(String).join("\0");
