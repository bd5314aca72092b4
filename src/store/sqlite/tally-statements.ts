import type { DayRange, Tally, TallyStore } from "#analytics";
import type { Word } from "#kernel";

import type { Database } from "./database.ts";

/** Counts, and what was spent of each day's budget. Nobody's rows. */
export const TALLY_TABLES = `
  CREATE TABLE tally (
    tenant TEXT NOT NULL, event TEXT NOT NULL, day INTEGER NOT NULL, cell TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tenant, event, day, cell)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tally_spent (
    tenant TEXT NOT NULL, day INTEGER NOT NULL, spent INTEGER NOT NULL,
    PRIMARY KEY (tenant, day)
  ) STRICT, WITHOUT ROWID;`;

/** The counts in the audit database's file. */
export function tallyStore(database: Database): TallyStore {
  const { sql } = database;
  const add = sql.prepare(`
    INSERT INTO tally VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  const sum = sql.prepare(`
    SELECT cell, sum(count) AS count FROM tally
    WHERE tenant = ? AND event = ? AND day BETWEEN ? AND ? GROUP BY cell`);
  const most = sql.prepare(
    "SELECT max(spent) AS most FROM tally_spent WHERE tenant = ? AND day BETWEEN ? AND ?",
  );
  const spend = sql.prepare(`
    INSERT INTO tally_spent VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET spent = spent + excluded.spent`);

  const mostSpent = (tenant: Word, { from, to }: DayRange): number =>
    (most.get(tenant, from, to) as { most: number | null }).most ?? 0;

  return {
    add: (tenant, tallies) =>
      database.write(() => {
        for (const { event, day, cell, count } of tallies) add.run(tenant, event, day, cell, count);
      }),
    sum: async (tenant, event, { from, to }) =>
      database.read(
        () => sum.all(tenant, event, from, to) as unknown as Pick<Tally, "cell" | "count">[],
      ),
    spend: (tenant, days, { cost, limit }) =>
      database.write(() => {
        if (mostSpent(tenant, days) + cost > limit) return "refused";
        for (let day = days.from; day <= days.to; day += 1) spend.run(tenant, day, cost);
        return "spent";
      }),
    spent: async (tenant, days) => database.read(() => mostSpent(tenant, days)),
  };
}
