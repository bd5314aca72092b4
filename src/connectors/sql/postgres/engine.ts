import { PostgresAdapter, PostgresQueryCompiler, sql } from "kysely";

import { isUuid, wholeNumber } from "../belongs.ts";
import type { Engine, Fault } from "../engine.ts";
import type { ServerAddress } from "../server.ts";
import { connectTo } from "./connection.ts";
import { readTables } from "./tables.ts";

const TEXTS = new Set(["text", "varchar", "bpchar", "citext", "name"]);
const NUMBERS = new Set(["int2", "int4", "int8", "numeric", "float4", "float8"]);

export function postgresEngine(server: ServerAddress): Engine {
  return {
    connect: () => connectTo(server),
    compiler: () => new PostgresQueryCompiler(),
    adapter: () => new PostgresAdapter(),
    begin: "begin",
    locking: (waiting) => (waiting ? sql`for update` : sql`for update skip locked`),
    batch: { rowsMax: 10_000, pauseMs: 2 },
    tables: readTables,
    is(column, type, value) {
      if (TEXTS.has(type)) {
        // The first finds it by an index; the second holds where the column ignores case.
        const bytes = sql`${column}::text collate "C" = ${value}::text collate "C"`;
        return sql<boolean>`(${column} = ${value} and ${bytes})`;
      }
      if (type === "uuid") {
        return isUuid(value) ? sql<boolean>`${column} = ${value}::uuid` : NEVER;
      }
      if (!NUMBERS.has(type)) return null;
      const number = wholeNumber(value);
      return number === null ? NEVER : sql<boolean>`${column} = ${number.toString()}::int8`;
    },
    asText: (column) => sql<string>`${column}::text collate "C"`,
    byPrimaryKey: sql``,
    deleteFrom: (table) => sql`delete from ${table}`,
    anchors: ["time"],
    before: (column, iso) => sql<boolean>`${column} < ${iso}::timestamptz`,
    // One parameter, where a thousand would have to be planned each time.
    oneOf: (column, values) => sql<boolean>`${column} = any(${[...values]})`,
    tuples: (rows) => sql`(${sql.join(rows)})`,
    fault,
    settle: async () => {},
  };
}

const NEVER = sql<boolean>`1 = 0`;

/** By state, or by its class. @source postgresql.org/docs/current/errcodes-appendix.html */
const FAULTS: Readonly<Record<string, Fault>> = {
  "40001": { cause: "busy", transient: true },
  "40P01": { cause: "busy", transient: true },
  "55P03": { cause: "busy", transient: true },
  "57014": { cause: "timeout", transient: false },
  "53": { cause: "busy", transient: false },
  "57": { cause: "unreachable", transient: false },
  "08": { cause: "unreachable", transient: false },
  "28": { cause: "refused", transient: false },
  "3D": { cause: "refused", transient: false },
  P0001: { cause: "refused", transient: false },
  "42501": { cause: "refused", transient: false },
  "25006": { cause: "refused", transient: false },
  "23503": { cause: "referenced", transient: false },
  "23001": { cause: "referenced", transient: false },
  "42": { cause: "declaration-invalid", transient: false },
};

function fault(error: unknown): Fault {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string") {
    const known = FAULTS[code] ?? FAULTS[code.slice(0, 2)];
    if (known !== undefined) return known;
  }
  const lost = /terminated|timeout expired|not queryable|closed/.test(String(message));
  return { cause: lost ? "unreachable" : "failed", transient: false };
}
