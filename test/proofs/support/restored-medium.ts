import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import pg from "pg";

import { administer, testDatabase } from "../../support/postgres.ts";
import { makeSchemas } from "../../support/schemas.ts";
import type { Engine } from "./ground.ts";
import { savedTables } from "./saved-server.ts";

export type Name = "memory" | "keys" | "audit";
const NAMES = ["memory", "keys", "audit"] as const;

type Row = Readonly<Record<string, unknown>>;

interface Sealed {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The databases of {@link openPlace}, past the product. */
interface RestoredMedium extends AsyncDisposable {
  readonly store: string;
  /** Answers a name for the copy. */
  copy(): Promise<string>;
  /** @param from Default: the first copy. */
  putBack(names: readonly Name[], from?: string): Promise<void>;
  lose(name: Name): Promise<void>;
  sql(name: Name, text: string): Promise<void>;
  rows(name: Name, text: string): Promise<readonly Row[]>;
  stick(stuck: boolean): Promise<void>;
  readonly tables: readonly string[];
  sealed(): Promise<readonly Sealed[]>;
  /** A database's whole bytes, its log included; on a server, those of its rows. */
  bytes(name: Name): Promise<Buffer>;
  /** Takes old bytes out of the unused parts of pages: see docs/explanation/limits.md. */
  compact(name: Name): Promise<void>;
}

export function restoredMedium(
  engine: Engine,
  folder: string,
): RestoredMedium | Promise<RestoredMedium> {
  return engine === "sqlite" ? onFiles(folder) : onServer();
}

function onFiles(folder: string): RestoredMedium {
  const data = join(folder, "data");
  const file = (name: Name): string => join(data, `${name}.db`);
  let copies = 0;
  const rows = async (name: Name, text: string): Promise<readonly Row[]> => {
    using database = new DatabaseSync(file(name), { readOnly: true });
    return database.prepare(text).all();
  };
  const sql = async (name: Name, text: string): Promise<void> => {
    using database = new DatabaseSync(file(name));
    database.exec(text);
  };
  return {
    store: `sqlite:${data}`,
    async copy() {
      const to = join(folder, `backup-${(copies += 1)}-`);
      for (const name of NAMES) await sql(name, `VACUUM INTO '${to}${name}.db'`);
      return to;
    },
    async putBack(names, from = join(folder, "backup-1-")) {
      for (const name of names) {
        for (const end of ["-wal", "-shm"]) rmSync(`${file(name)}${end}`, { force: true });
        copyFileSync(`${from}${name}.db`, file(name));
      }
    },
    async lose(name) {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file(name)}${end}`, { force: true });
    },
    sql,
    rows,
    stick: (stuck) =>
      sql(
        "memory",
        stuck
          ? "CREATE TRIGGER stuck BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'stuck'); END"
          : "DROP TRIGGER stuck",
      ),
    tables: ["node", "body", "derivation"],
    async sealed() {
      const found = await rows("memory", "SELECT node_id AS id, sealed FROM body");
      return found.map(({ id, sealed }) => {
        return { id: String(id), bytes: Buffer.from(sealed as Uint8Array) };
      });
    },
    async bytes(name) {
      const parts = ["", "-wal"].map((end) => {
        try {
          return readFileSync(`${file(name)}${end}`);
        } catch {
          return Buffer.alloc(0);
        }
      });
      return Buffer.concat(parts);
    },
    compact: (name) => sql(name, "VACUUM"),
    async [Symbol.asyncDispose]() {},
  };
}

async function onServer(): Promise<RestoredMedium> {
  const database = await testDatabase();
  const { adminUrl, url } = database;
  await makeSchemas(database, "eu");
  let copies = 0;
  const schema = (name: Name): string => `oubli_eu_${name}`;
  const sql = (name: Name, text: string): Promise<void> =>
    administer(adminUrl, `SET search_path TO ${schema(name)}`, text);
  const rows = async (name: Name, text: string): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      await client.query(`SET search_path TO ${schema(name)}`);
      return (await client.query(text)).rows as Row[];
    } finally {
      await client.end();
    }
  };
  const sealed = async (): Promise<readonly Sealed[]> => {
    const found = await rows("memory", "SELECT node_id AS id, body FROM node");
    return found.map(({ id, body }) => ({ id: String(id), bytes: body as Buffer }));
  };
  return {
    store: url,
    async copy() {
      const to = `copy_${(copies += 1)}`;
      const statements = [`CREATE SCHEMA ${to}`];
      for (const name of NAMES) {
        for (const [at, table] of (await savedTables(adminUrl, schema(name))).entries()) {
          statements.push(`CREATE TABLE ${to}.${name}_${at} AS TABLE ${table}`);
        }
      }
      await administer(adminUrl, ...statements);
      return to;
    },
    async putBack(names, from = "copy_1") {
      const statements: string[] = [];
      for (const name of names) {
        for (const [at, table] of (await savedTables(adminUrl, schema(name))).entries()) {
          statements.push(`DELETE FROM ${table}; INSERT INTO ${table} TABLE ${from}.${name}_${at}`);
        }
      }
      await administer(adminUrl, ...statements);
    },
    async lose(name) {
      await administer(adminUrl, `DROP SCHEMA ${schema(name)} CASCADE`);
      await makeSchemas(database, "eu");
    },
    sql,
    rows,
    stick: (stuck) =>
      sql(
        "memory",
        stuck
          ? triggers(`CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'stuck' USING ERRCODE = 'check_violation'; END $$;
              CREATE TRIGGER stuck BEFORE DELETE ON node FOR EACH ROW EXECUTE FUNCTION stuck();`)
          : triggers("DROP TRIGGER stuck ON node;"),
      ),
    tables: ["node", "derivation"],
    sealed,
    // Its files keep removed rows for a while: test/proofs/residue-server.test.ts looks at those.
    bytes: async () => Buffer.concat((await sealed()).map(({ bytes }) => bytes)),
    compact: async () => {},
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** A cluster gives its nodes each statement by itself, and asks whether a trigger keeps to its row. */
const triggers = (statements: string): string =>
  `DO $do$ BEGIN SET LOCAL citus.enable_unsafe_triggers TO on; ${statements} END $do$`;
