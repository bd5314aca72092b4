import { ACCESS_LOGS_MAX, logNames, type LogName } from "#audit";
import { OubliError, word } from "#kernel";

import { EVERY_SUBJECT, type Database } from "./database.ts";
import type { Migration } from "./schema.ts";

/** Side by side in a new store: more writers than one head can take turns at. */
const ACCESS_LOGS = 4;

/**
 * A head for each log that a store may have, and how many of them it has: written once, by whoever
 * opens it first, and by nobody again. A store that was in use before keeps its one access log.
 */
export const ACCESS_LOGS_STEP: Migration = {
  id: "0003-access-logs",
  sql: `
    CREATE TABLE access_logs (id int PRIMARY KEY CHECK (id = 1), count int NOT NULL);
    INSERT INTO access_logs SELECT 1, 1 WHERE EXISTS (SELECT FROM audit_head WHERE size > 0);
    INSERT INTO audit_head
    SELECT 'access-' || number, 0, '', policy_seq
    FROM audit_head, generate_series(1, ${ACCESS_LOGS_MAX - 1}) AS number
    WHERE log_id = 'ledger';
  `,
  // Nobody's rows.
  tables: { access_logs: { grant: "SELECT, INSERT", guard: null } },
};

const COUNT = { text: "SELECT count FROM access_logs", values: [] };

/**
 * A store's logs. Which of them is a subject's rests on how many there are, so their number stays:
 * with another one, entries would be looked for where they are not.
 *
 * @param wanted How many access logs it should have; `undefined`: as many as it has, or the default.
 * @throws {OubliError} `CONFIG_INVALID` when it has another number; `STORE_DAMAGED`.
 */
export async function settleLogs(
  database: Database,
  wanted: number | undefined,
): Promise<readonly LogName[]> {
  const count = (await countOf(database)) ?? (await settle(database, wanted ?? ACCESS_LOGS));
  if (!Number.isSafeInteger(count) || count < 1 || count > ACCESS_LOGS_MAX) {
    throw new OubliError("STORE_DAMAGED", { table: word("access_logs") });
  }
  if (wanted !== undefined && wanted !== count) {
    throw new OubliError("CONFIG_INVALID", {
      field: word("accessLogs"),
      given: wanted,
      accepted: count,
    });
  }
  return logNames(count);
}

/** Of two processes that come first at once, the second finds what the other one wrote. */
async function settle(database: Database, count: number): Promise<number> {
  const text = "INSERT INTO access_logs VALUES (1, $1) ON CONFLICT DO NOTHING";
  await database.write(EVERY_SUBJECT, [{ text, values: [count] }]);
  return (await countOf(database))!;
}

async function countOf(database: Database): Promise<number | null> {
  const [row] = await database.read<{ count: number }>(EVERY_SUBJECT, COUNT);
  return row?.count ?? null;
}
