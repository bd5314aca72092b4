import { MysqlAdapter, MysqlQueryCompiler, sql } from "kysely";

import { isUuid, wholeNumber } from "../belongs.ts";
import type { Engine, Fault } from "../engine.ts";
import type { ServerAddress } from "../server.ts";
import { connectTo } from "./connection.ts";
import { readTables } from "./tables.ts";

const TEXTS = /^(char|varchar|tinytext|text|mediumtext|longtext|enum)$/;
const NUMBERS = /^(tinyint|smallint|mediumint|int|bigint|decimal|float|double)$/;

/** MySQL 8 or newer, MariaDB 10.6 or newer: those that can pass over locked rows. */
export function mysqlEngine(server: ServerAddress): Engine {
  return {
    connect: () => connectTo(server),
    compiler: () => new MysqlQueryCompiler(),
    adapter: () => new MysqlAdapter(),
    begin: "start transaction",
    locking: (waiting) => (waiting ? sql`for update` : sql`for update skip locked`),
    batch: { rowsMax: 1000, pauseMs: 2 },
    // For many keys the optimiser would walk over the whole table, and lock all of it.
    byPrimaryKey: sql`force index (primary)`,
    // A hint stands in the form for several tables alone.
    deleteFrom: (table, hint) => sql`delete ${table} from ${table} ${hint}`,
    tables: readTables,
    is(column, type, value) {
      if (TEXTS.test(type)) {
        // Its collations take `Ann`, `ann`, `ánn` and `ann ` for one: the bytes decide.
        const bytes = sql`${inBytes(column)} = cast(${value} as binary)`;
        return sql<boolean>`(${column} = ${value} and ${bytes})`;
      }
      if (type === "uuid") return isUuid(value) ? sql<boolean>`${column} = ${value}` : NEVER;
      if (!NUMBERS.test(type)) return null;
      // Against a text, every word would equal zero.
      const number = wholeNumber(value);
      return number === null
        ? NEVER
        : sql<boolean>`${column} = cast(${number.toString()} as signed)`;
    },
    asText: (column) => sql<string>`convert(${column} using utf8mb4) collate utf8mb4_bin`,
    anchors: ["time"],
    before: (column, iso) => sql<boolean>`${column} < ${iso.replace("T", " ").replace("Z", "")}`,
    oneOf: (column, values) => sql<boolean>`${column} in (${sql.join(values)})`,
    tuples: (rows) => sql`(${sql.join(rows)})`,
    fault,
    settle: async () => {},
  };
}

const NEVER = sql<boolean>`1 = 0`;

const inBytes = (column: Parameters<Engine["is"]>[0]) =>
  sql`cast(convert(${column} using utf8mb4) as binary)`;

/** @source dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html */
const FAULTS: Readonly<Record<string, Fault>> = {
  ER_LOCK_WAIT_TIMEOUT: { cause: "busy", transient: true },
  ER_LOCK_DEADLOCK: { cause: "busy", transient: true },
  ER_CON_COUNT_ERROR: { cause: "busy", transient: false },
  ER_ACCESS_DENIED_ERROR: { cause: "refused", transient: false },
  ER_DBACCESS_DENIED_ERROR: { cause: "refused", transient: false },
  ER_TABLEACCESS_DENIED_ERROR: { cause: "refused", transient: false },
  ER_COLUMNACCESS_DENIED_ERROR: { cause: "refused", transient: false },
  ER_NOT_SUPPORTED_AUTH_MODE: { cause: "refused", transient: false },
  ER_BAD_DB_ERROR: { cause: "refused", transient: false },
  ER_SIGNAL_EXCEPTION: { cause: "refused", transient: false },
  ER_OPTION_PREVENTS_STATEMENT: { cause: "refused", transient: false },
  ER_ROW_IS_REFERENCED: { cause: "referenced", transient: false },
  ER_ROW_IS_REFERENCED_2: { cause: "referenced", transient: false },
  ER_NO_SUCH_TABLE: { cause: "declaration-invalid", transient: false },
  ER_BAD_FIELD_ERROR: { cause: "declaration-invalid", transient: false },
  ER_SERVER_SHUTDOWN: { cause: "unreachable", transient: false },
};

function fault(error: unknown): Fault {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === "string" ? FAULTS[code] : undefined;
  if (known !== undefined) return known;
  const lost = code === "PROTOCOL_CONNECTION_LOST" || /closed state/.test(String(message));
  return { cause: lost ? "unreachable" : "failed", transient: false };
}
