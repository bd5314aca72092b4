import { DatabaseSync } from "node:sqlite";

import { DAY_MS } from "#kernel";
import { defineSource, type SourceInput, type SourceRetention } from "#sources";

/** A table of the application, in a database of its own. */
export interface AppTable extends Disposable {
  /** Adds rows of a person, so many days before `now`. */
  add(person: string, ages: readonly number[], now: number): void;
  people(): readonly string[];
  count(): number;
  /** How many rows each call of `sweep` was to remove at most. */
  readonly limits: readonly number[];
  rule(fields?: Partial<SourceRetention>): SourceRetention;
}

export function appTable(path = ":memory:"): AppTable {
  const sql = new DatabaseSync(path);
  sql.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000");
  sql.exec(`
    CREATE TABLE IF NOT EXISTS session_log (
      id INTEGER PRIMARY KEY, person TEXT NOT NULL, at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS session_log_at ON session_log (at)`);
  const insert = sql.prepare("INSERT INTO session_log (person, at) VALUES (?, ?)");
  const which = "at < ? AND person NOT IN (SELECT value FROM json_each(?))";
  const over = sql.prepare(`SELECT count(*) AS count FROM session_log WHERE ${which}`);
  const remove = sql.prepare(`
    DELETE FROM session_log
    WHERE id IN (SELECT id FROM session_log WHERE ${which} ORDER BY at LIMIT ?)`);
  const all = sql.prepare("SELECT person FROM session_log ORDER BY at");
  const limits: number[] = [];
  const names = (held: Parameters<SourceRetention["count"]>[2] = []): string =>
    JSON.stringify(held.map(({ externalId }) => externalId));
  return {
    add(person, ages, now) {
      sql.exec("BEGIN");
      for (const days of ages) insert.run(person, now - days * DAY_MS);
      sql.exec("COMMIT");
    },
    people: () => all.all().map(({ person }) => String(person)),
    count: () => all.all().length,
    limits,
    rule: (fields = {}) => ({
      rule: "session-logs",
      spares: true,
      count: async (before, _, held) => (over.get(before, names(held)) as { count: number }).count,
      async sweep(before, limit, _, held) {
        limits.push(limit);
        return Number(remove.run(before, names(held), limit).changes);
      },
      ...fields,
    }),
    [Symbol.dispose]: () => sql.close(),
  };
}

/** A system of the application that does nothing but end what is old. */
export function keeper(
  rules: readonly SourceRetention[],
  more: Partial<SourceInput> = {},
): ReturnType<typeof defineSource> {
  return defineSource({ name: "crm", retention: rules, ...more });
}
