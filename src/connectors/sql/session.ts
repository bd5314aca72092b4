import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, type Word } from "#kernel";
import type { Declaration } from "#sources";

import { commonCause, failure, within } from "../failure.ts";
import { kyselyOver } from "./driver.ts";
import type { Database, Engine, LiveTable } from "./engine.ts";

/** A connection for one call, and the tables as they are now. */
export interface Session {
  readonly source: Word;
  readonly engine: Engine;
  readonly db: Database;
  readonly declaration: Declaration;
  readonly tables: ReadonlyMap<string, LiveTable>;
  readonly signal: AbortSignal;
  /** Runs it whole or not at all; again, when others were in the way. */
  transaction<Value>(work: (db: Database) => Promise<Value>): Promise<Value>;
  end(): void;
}

export interface SqlPlace {
  readonly source: Word;
  readonly engine: Engine;
  readonly declaration: Declaration;
}

/** Between tries of a transaction: long enough for others to end theirs. */
const PAUSE_MS = 20;
const PAUSE_MS_MAX = 500;

/**
 * Opens a connection, gives it to the work and ends it with it, whatever comes: a call that was
 * given up leaves nothing behind that could still write.
 *
 * @throws {OubliError} `SOURCE_FAILED` with a cause; nothing of what the driver says.
 */
export async function inSession<Value>(
  place: SqlPlace,
  signal: AbortSignal,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  const session = await openSession(place, signal);
  try {
    return await guarded(place, signal, work(session));
  } finally {
    session.end();
  }
}

export async function openSession(place: SqlPlace, signal: AbortSignal): Promise<Session> {
  const { source, engine, declaration } = place;
  const connecting = engine.connect(signal);
  const raw = await guarded(place, signal, connecting).catch((error: unknown) => {
    // It may still come about, behind the back of whoever gave up.
    void connecting.then((late) => late.end()).catch(() => {});
    throw error;
  });
  const db = kyselyOver(engine, raw);
  try {
    const declared = new Set(Object.keys(declaration.collections));
    const tables = await guarded(place, signal, engine.tables(db, declared));
    return {
      source,
      engine,
      db,
      declaration,
      signal,
      tables: new Map(tables.map((table) => [table.name, table])),
      transaction: (work) => again(engine, signal, () => db.transaction().execute(work)),
      end: () => raw.end(),
    };
  } catch (error) {
    raw.end();
    throw error;
  }
}

/** Every failure of a driver as ours. */
export async function guarded<Value>(
  { source, engine }: Pick<SqlPlace, "source" | "engine">,
  signal: AbortSignal,
  work: Promise<Value>,
): Promise<Value> {
  try {
    return await within(signal, work);
  } catch (error) {
    if (isOubliError(error)) throw failure(source, "failed", error);
    throw failure(source, commonCause(error, signal) ?? engine.fault(error).cause, error);
  }
}

async function again<Value>(
  engine: Engine,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  for (let wait = PAUSE_MS; ; wait = Math.min(2 * wait, PAUSE_MS_MAX)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (isOubliError(error) || !engine.fault(error).transient) throw error;
      await pause(wait * (0.5 + Math.random()), undefined, { signal });
    }
  }
}
