import { existsSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

import { SqliteAdapter, SqliteQueryCompiler, sql } from "kysely";

import { wholeNumber } from "../belongs.ts";
import type { Engine, Fault, RawConnection, Row } from "../engine.ts";
import { readTables } from "./tables.ts";

/** An SQLite file of the application. Other connections, in this process too, may be at work. */
export function sqliteEngine(file: string): Engine {
  return {
    connect: async () => open(file),
    compiler: () => new SqliteQueryCompiler(),
    adapter: () => new SqliteAdapter(),
    // A transaction that only asks for the lock when it writes could not be tried again from there.
    begin: "begin immediate",
    locking: () => sql``,
    // Who waits for the one lock of a file asks for it every few milliseconds, up to 25.
    batch: { rowsMax: 10_000, pauseMs: 30 },
    tables: readTables,
    is(column, type, value) {
      const text = sql<boolean>`${column} = ${value} collate binary`;
      if (/CHAR|CLOB|TEXT/i.test(type)) return text;
      // Any other column takes `07` for 7, or holds numbers and texts as they came.
      const number = wholeNumber(value);
      return number === null
        ? sql<boolean>`(${text} and typeof(${column}) = 'text')`
        : sql<boolean>`(${text} or ${column} = ${number})`;
    },
    asText: (column) => sql<string>`cast(${column} as text) collate binary`,
    // Reads a text with a `T` and with a space between day and time; no index helps it. It would
    // also read `now`, `09:30` and `2451` as moments: a text that begins with no day is never over.
    before: (column, iso) => sql<boolean>`(julianday(${column}) < julianday(${iso})
      and (typeof(${column}) <> 'text' or ${column} glob ${DAY}))`,
    anchors: ["time", "text"],
    oneOf: (column, values) => sql<boolean>`${column} in (${sql.join(values)})`,
    byPrimaryKey: sql``,
    deleteFrom: (table) => sql`delete from ${table}`,
    tuples: (rows) => sql`(values ${sql.join(rows)})`,
    fault,
    async settle(db) {
      // What was deleted is zeroes in the file, and lies in the log before it until that is cut.
      // Most of it beside writers, so that the cut, which keeps them out, has little to do.
      await sql`pragma wal_checkpoint(passive)`.execute(db);
      await sql`pragma wal_checkpoint(truncate)`.execute(db);
    },
  };
}

const DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*";

function open(file: string): RawConnection {
  // It would be made, and be empty.
  if (!existsSync(file)) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  // A wait would stop this whole process, perhaps with him who holds the lock.
  const database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true });
  try {
    database.exec("pragma secure_delete = on");
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    async query(text, parameters) {
      const statement = database.prepare(text);
      statement.setReadBigInts(true);
      const values = parameters.map(bound);
      if (statement.columns().length > 0) {
        return { rows: statement.all(...values).map(plain), affected: 0 };
      }
      return { rows: [], affected: Number(statement.run(...values).changes) };
    },
    end: () => {
      if (database.isOpen) database.close();
    },
  };
}

function bound(value: unknown): SQLInputValue {
  return typeof value === "boolean" ? Number(value) : (value as SQLInputValue);
}

/** Whole numbers come as such; those that a number cannot hold stay what they are. */
function plain(row: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    ]),
  );
}

/** Primary result codes. @source sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const CANNOT_OPEN = 14;
const AUTH = 23;
const NOT_A_DATABASE = 26;
const CONSTRAINT_FOREIGN_KEY = 787;
const CONSTRAINT_TRIGGER = 1811;

function fault(error: unknown): Fault {
  const { errcode, code, message } = (error ?? {}) as Record<string, unknown>;
  if (code === "ENOENT") return { cause: "unreachable", transient: false };
  if (typeof errcode !== "number") return { cause: "failed", transient: false };
  if (errcode === CONSTRAINT_FOREIGN_KEY || errcode === CONSTRAINT_TRIGGER) {
    // A foreign key that restricts at once is reported as a trigger.
    const key = String(message).includes("FOREIGN KEY");
    return { cause: key ? "referenced" : "refused", transient: false };
  }
  const primary = errcode & 0xff;
  if (primary === BUSY || primary === LOCKED) return { cause: "busy", transient: true };
  if (primary === READ_ONLY || primary === AUTH) return { cause: "refused", transient: false };
  const none = primary === CANNOT_OPEN || primary === NOT_A_DATABASE;
  return { cause: none ? "unreachable" : "failed", transient: false };
}
