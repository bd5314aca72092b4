import { after } from "node:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openOubli, type OpenOptions, type Oubli } from "#engine";
import type { EpochMs, SubjectId } from "#kernel";
import { defineConfig, type ConfigInput } from "#policy";
import pg from "pg";

import { administer, testDatabase, type TestDatabase } from "../../support/postgres.ts";
import { makeSchemas } from "../../support/schemas.ts";
import type { Engine } from "./ground.ts";
import { newFolder } from "./region.ts";

type Name = "memory" | "keys" | "audit";
type Row = Readonly<Record<string, unknown>>;

/** An Oubli on either engine, and ways past it. */
export interface OubliOn extends AsyncDisposable {
  readonly oubli: Oubli;
  /** Of its root, and on files of its databases. */
  readonly folder: string;
  open(): Promise<Oubli>;
  advance(ms: number): void;
  /** Runs a statement past the product, as an administrator. */
  sql(name: Name, text: string): Promise<void>;
  rows(name: Name, text: string): Promise<readonly Row[]>;
  /**
   * Every id of a person's nodes in any table of memory and keys; not in fences, nor in what a test
   * keeps for itself (`kept_…`).
   */
  stored(subject: SubjectId): Promise<ReadonlySet<string>>;
}

/** One database for all of a file's regions. */
let shared: Promise<TestDatabase> | null = null;
let regions = 0;
after(async () => (await shared)?.[Symbol.asyncDispose]());

export async function oubliOn(
  engine: Engine,
  config: ConfigInput,
  options: OpenOptions = {},
): Promise<OubliOn> {
  const folder = newFolder();
  const ground = engine === "sqlite" ? onFiles(folder) : await onServer();
  const { region, store, sql, rows } = ground;
  const places = { [region]: { jurisdictions: ["*"], store, root: join(folder, "root") } };
  const resolved = defineConfig({ ...config, regions: places });
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now as EpochMs };
  const open = (): Promise<Oubli> =>
    openOubli(resolved, { sweep: "manual", connectionsMax: 3, clock, ...options });
  const oubli = await open();
  return {
    oubli,
    folder,
    open,
    advance(ms) {
      now += ms;
    },
    sql,
    rows,
    async stored(subject) {
      const ids = new Set<string>();
      for (const name of ["memory", "keys"] as const) {
        for (const { tbl, col } of await ground.columns(name)) {
          if (!NODE_COLUMNS.has(col) || tbl.startsWith("kept_")) continue;
          const found = await rows(
            name,
            `SELECT ${col} AS id FROM ${tbl} WHERE subject_id = '${subject}'`,
          );
          for (const { id } of found) ids.add(String(id));
        }
      }
      return ids;
    },
    async [Symbol.asyncDispose]() {
      await oubli.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Columns that name a node, in whatever tables the live schema has. */
const NODE_COLUMNS = new Set(["node_id", "derived_id", "source_id"]);

interface Column {
  readonly tbl: string;
  readonly col: string;
}

function onFiles(folder: string) {
  const file = (name: Name): string => join(folder, "data", `${name}.db`);
  const rows = async (name: Name, text: string): Promise<readonly Row[]> => {
    using database = new DatabaseSync(file(name), { readOnly: true });
    return database.prepare(text).all();
  };
  return {
    region: "eu",
    store: `sqlite:${join(folder, "data")}`,
    async sql(name: Name, text: string): Promise<void> {
      using database = new DatabaseSync(file(name));
      database.exec(text);
    },
    rows,
    columns: async (name: Name) =>
      (await rows(
        name,
        `SELECT m.name AS tbl, p.name AS col FROM sqlite_schema AS m, pragma_table_info(m.name) AS p
         WHERE m.type = 'table'`,
      )) as unknown as readonly Column[],
  };
}

async function onServer() {
  const database = await (shared ??= testDatabase());
  const { adminUrl, url } = database;
  const region = `r${(regions += 1)}`;
  await makeSchemas(database, region);
  const inSchema = (name: Name): string => `SET search_path TO oubli_${region}_${name}`;
  const rows = async (name: Name, text: string): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      await client.query(inSchema(name));
      return (await client.query(text)).rows as Row[];
    } finally {
      await client.end();
    }
  };
  return {
    region,
    store: url,
    sql: (name: Name, text: string) => administer(adminUrl, inSchema(name), text),
    rows,
    columns: async (name: Name) =>
      (await rows(
        name,
        `SELECT table_name AS tbl, column_name AS col FROM information_schema.columns
         WHERE table_schema = 'oubli_${region}_${name}'`,
      )) as unknown as readonly Column[],
  };
}
