/** A file of its own for each test of the SQLite driver, and small tables in it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openDatabase, type Database } from "./database.ts";
import type { Schema } from "./migrate.ts";

export const schema: Schema = {
  name: "memory",
  migrations: [
    { id: "0001", sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT" },
    { id: "0002", sql: "CREATE TABLE tag (name TEXT PRIMARY KEY) STRICT" },
  ],
};

export interface Place extends Disposable {
  readonly file: string;
  open(of?: Schema): Database;
}

export function tempPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "oubli-database-"));
  const file = join(folder, "some.db");
  const opened: Database[] = [];
  return {
    file,
    open(of = schema) {
      const database = openDatabase(file, of);
      opened.push(database);
      return database;
    },
    [Symbol.dispose]() {
      for (const database of opened) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const add = ({ sql }: Database, text: string) => {
  const insert = sql.prepare("INSERT INTO note (text) VALUES (?)");
  return () => insert.run(text);
};

export function notes({ sql }: Database): string[] {
  return sql
    .prepare("SELECT text FROM note ORDER BY id")
    .all()
    .map(({ text }) => String(text));
}
