import type { DaySpent, Tally, TallyStore } from "#analytics";

import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

const WORD = 'text COLLATE "C"';

/** Counts, and what was spent of each day's budget. Nobody's rows. */
export const TALLY_TABLES = `
  CREATE TABLE tally (
    tenant ${WORD} NOT NULL, event ${WORD} NOT NULL, day integer NOT NULL, cell ${WORD} NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (tenant, event, day, cell)
  );
  CREATE TABLE tally_bound (day integer PRIMARY KEY, per_session integer NOT NULL);
  CREATE TABLE tally_spent (
    tenant ${WORD} NOT NULL, day integer NOT NULL, spent integer NOT NULL,
    day_limit integer NOT NULL,
    PRIMARY KEY (tenant, day)
  );`;

export const TALLY_RIGHTS = { grant: "SELECT, INSERT, UPDATE", guard: null } as const;

const ADD = `
  INSERT INTO tally AS had
  SELECT $1, event, day, cell, count
  FROM json_to_recordset($2) AS new (event text, day integer, cell text, count bigint)
  ORDER BY event, day, cell
  ON CONFLICT (tenant, event, day, cell) DO UPDATE SET count = had.count + excluded.count`;

const RAISE = `
  INSERT INTO tally_bound AS had
  SELECT DISTINCT day, $2::int FROM json_to_recordset($1) AS new (day integer) ORDER BY day
  ON CONFLICT (day) DO UPDATE SET per_session = excluded.per_session
  WHERE had.per_session < excluded.per_session`;

const BOUND = "SELECT max(per_session) AS bound FROM tally_bound WHERE day BETWEEN $1 AND $2";

const SUM = `
  SELECT cell, sum(count)::bigint AS count FROM tally
  WHERE tenant = $1 AND event = $2 AND day BETWEEN $3 AND $4 GROUP BY cell`;

const SPENT = `
  SELECT day, spent, day_limit AS "limit" FROM tally_spent
  WHERE tenant = $1 AND day BETWEEN $2 AND $3 AND spent > 0 ORDER BY day`;

/**
 * A row for each day is there, and is locked in the order of days, before any is looked at: so of
 * two that spend at once the second sees what the first took.
 */
const LOCK = [
  `INSERT INTO tally_spent SELECT $1, day, 0, 0 FROM generate_series($2::int, $3::int) AS day
   ORDER BY day ON CONFLICT DO NOTHING`,
  `SELECT 1 FROM tally_spent WHERE tenant = $1 AND day BETWEEN $2 AND $3
   ORDER BY day FOR UPDATE`,
] as const;

/** A day of which nothing was spent takes the limit of the first who does. */
const limitOf = (given: string) =>
  `CASE WHEN spent = 0 THEN ${given}::int ELSE least(day_limit, ${given}::int) END`;

const SPEND = `
  UPDATE tally_spent SET spent = spent + $4, day_limit = ${limitOf("$5")}
  WHERE tenant = $1 AND day BETWEEN $2 AND $3 AND NOT EXISTS (
    SELECT 1 FROM tally_spent
    WHERE tenant = $1 AND day BETWEEN $2 AND $3 AND spent + $4 > ${limitOf("$5")})
  RETURNING day`;

const LEFT = `
  SELECT min(${limitOf("$4")} - spent) AS left FROM tally_spent
  WHERE tenant = $1 AND day BETWEEN $2 AND $3`;

const RAISE_SPENT = `
  INSERT INTO tally_spent AS had
  SELECT $1, day, spent, "limit"
  FROM json_to_recordset($2) AS told (day integer, spent integer, "limit" integer)
  ORDER BY day
  ON CONFLICT (tenant, day) DO UPDATE SET
    spent = greatest(had.spent, excluded.spent),
    day_limit = CASE WHEN had.spent = 0 THEN excluded.day_limit
                     ELSE least(had.day_limit, excluded.day_limit) END`;

/** The counts in the audit schema. */
export function tallyStore(database: Database): TallyStore {
  const read = <Row>(text: string, values: Call["values"]) =>
    database.read<Row>(EVERY_SUBJECT, { text, values });

  return {
    async add(tenant, tallies, perSession) {
      if (tallies.length === 0) return;
      const rows = JSON.stringify(tallies);
      await database.write(EVERY_SUBJECT, [
        { text: ADD, values: [tenant, rows] },
        { text: RAISE, values: [rows, perSession] },
      ]);
    },
    async bound({ from, to }) {
      const [row] = await read<{ bound: number | null }>(BOUND, [from, to]);
      return row!.bound;
    },
    async sum(tenant, event, { from, to }) {
      const rows = await read<Pick<Tally, "cell" | "count">>(SUM, [tenant, event, from, to]);
      return rows.map(({ cell, count }) => ({ cell, count: Number(count) }));
    },
    async spend(tenant, { from, to }, { cost, limit }) {
      const days = [tenant, from, to];
      const results = await database.write(EVERY_SUBJECT, [
        ...LOCK.map((text) => ({ text, values: days })),
        { text: SPEND, values: [...days, cost, limit] },
        { text: LEFT, values: [...days, limit] },
      ]);
      const [spent, rows] = results.slice(-2);
      const left = Number(rows![0]!["left"]);
      return { outcome: spent!.length > 0 ? "spent" : "refused", left };
    },
    async raise(tenant, told) {
      if (told.length === 0) return;
      const call = { text: RAISE_SPENT, values: [tenant, JSON.stringify(told)] };
      await database.write(EVERY_SUBJECT, [call]);
    },
    spent: (tenant, { from, to }) => read<DaySpent>(SPENT, [tenant, from, to]),
  };
}
