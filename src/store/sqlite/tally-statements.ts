import type { DayRange, DaySpent, Tally, TallyStore } from "#analytics";
import type { Word } from "#kernel";

import type { Database } from "./database.ts";

/** Counts, and what was spent of each day's budget. Nobody's rows. */
export const TALLY_TABLES = `
  CREATE TABLE tally (
    tenant TEXT NOT NULL, event TEXT NOT NULL, day INTEGER NOT NULL, cell TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tenant, event, day, cell)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tally_bound (
    day INTEGER PRIMARY KEY, per_session INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE tally_spent (
    tenant TEXT NOT NULL, day INTEGER NOT NULL, spent INTEGER NOT NULL,
    day_limit INTEGER NOT NULL,
    PRIMARY KEY (tenant, day)
  ) STRICT, WITHOUT ROWID;`;

/** The counts in the audit database's file. */
export function tallyStore(database: Database): TallyStore {
  const { sql } = database;
  const add = sql.prepare(`
    INSERT INTO tally VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  const raise = sql.prepare(`
    INSERT INTO tally_bound VALUES (?, ?)
    ON CONFLICT DO UPDATE SET per_session = max(per_session, excluded.per_session)`);
  const highest = sql.prepare(
    "SELECT max(per_session) AS bound FROM tally_bound WHERE day BETWEEN ? AND ?",
  );
  const sum = sql.prepare(`
    SELECT cell, sum(count) AS count FROM tally
    WHERE tenant = ? AND event = ? AND day BETWEEN ? AND ? GROUP BY cell`);
  const spent = sql.prepare(`
    SELECT day, spent, day_limit AS "limit" FROM tally_spent
    WHERE tenant = ? AND day BETWEEN ? AND ? AND spent > 0 ORDER BY day`);
  const least = sql.prepare(`
    SELECT min(min(day_limit, ?) - spent) AS left FROM tally_spent
    WHERE tenant = ? AND day BETWEEN ? AND ?`);
  const spend = sql.prepare(`
    INSERT INTO tally_spent VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      spent = spent + excluded.spent, day_limit = min(day_limit, excluded.day_limit)`);
  const raiseSpent = sql.prepare(`
    INSERT INTO tally_spent VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      spent = max(spent, excluded.spent), day_limit = min(day_limit, excluded.day_limit)`);

  const leastLeft = (tenant: Word, { from, to }: DayRange, limit: number): number =>
    (least.get(limit, tenant, from, to) as { left: number | null }).left ?? limit;

  return {
    add: (tenant, tallies, perSession) =>
      database.write(() => {
        for (const { event, day, cell, count } of tallies) {
          add.run(tenant, event, day, cell, count);
          raise.run(day, perSession);
        }
      }),
    bound: async ({ from, to }) =>
      database.read(() => (highest.get(from, to) as { bound: number | null }).bound),
    sum: async (tenant, event, { from, to }) =>
      database.read(
        () => sum.all(tenant, event, from, to) as unknown as Pick<Tally, "cell" | "count">[],
      ),
    spend: (tenant, days, { cost, limit }) =>
      database.write(() => {
        const left = leastLeft(tenant, days, limit);
        if (cost > left) return { outcome: "refused", left };
        for (let day = days.from; day <= days.to; day += 1) spend.run(tenant, day, cost, limit);
        return { outcome: "spent", left: left - cost };
      }),
    raise: (tenant, told) =>
      database.write(() => {
        for (const { day, spent: most, limit } of told) raiseSpent.run(tenant, day, most, limit);
      }),
    spent: async (tenant, { from, to }) =>
      database.read(() =>
        spent.all(tenant, from, to).map((row) => ({ ...row }) as unknown as DaySpent),
      ),
  };
}
