import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import pg from "pg";

import { administer, testDatabase } from "../../support/postgres.ts";
import { makeSchemas } from "../../support/schemas.ts";
import type { Engine } from "./ground.ts";
import { settled } from "./settled.ts";

export const NAMES = ["memory", "keys", "audit"] as const;
type Name = (typeof NAMES)[number];

/** What a region's databases stand on: a test may lose them, and look into them past Oubli. */
export interface Medium extends AsyncDisposable {
  readonly store: string;
  /** An administrator's address, where a restore needs one. */
  readonly admin: string | undefined;
  /** Nobody has it open. */
  lose(names?: readonly Name[]): Promise<void>;
  /** What stands there that a restore which was refused, or which ended, must not have left. */
  left(): Promise<readonly string[]>;
  /** Whether there is nothing of a store, lost or restored. */
  isEmpty(): Promise<boolean>;
  /** Resolves when nothing is done any more for a process that was killed. */
  settled(): Promise<void>;
  /** Whether there is an audit database with entries. */
  hasLog(): Promise<boolean>;
  /** The keys of nodes, as they stand wrapped in the key database. */
  wrappedKeys(nodes: readonly string[]): Promise<readonly Buffer[]>;
  /** Says that a newer version was here. */
  makeNewer(): Promise<void>;
  /** Puts a backup's databases into a new place, past Oubli. */
  load(backup: string): Promise<Pick<Medium, "store"> & AsyncDisposable>;
}

export function newMedium(engine: Engine, folder: string): Promise<Medium> | Medium {
  return engine === "sqlite" ? onFiles(folder) : onServer();
}

function onFiles(folder: string): Medium {
  const data = join(folder, "data");
  const hidden = (name: string): boolean => name.startsWith(".") || name === "restoring";
  const files = (): string[] => (existsSync(data) ? readdirSync(data) : []);
  return {
    store: `sqlite:${data}`,
    admin: undefined,
    async lose(names = NAMES) {
      for (const file of files()) {
        if (names.some((name) => file.startsWith(name))) rmSync(join(data, file));
      }
      if (names === NAMES) rmSync(data, { recursive: true, force: true });
    },
    left: async () => files().filter(hidden),
    isEmpty: async () => files().length === 0,
    settled: async () => {},
    hasLog: async () => existsSync(join(data, "audit.db")),
    async wrappedKeys(nodes) {
      using keys = new DatabaseSync(join(data, "keys.db"), { readOnly: true });
      const select = keys.prepare("SELECT wrapped FROM node_key WHERE node_id = ?");
      const rows = nodes.flatMap((node) => select.all(node) as unknown as { wrapped: Buffer }[]);
      return rows.map(({ wrapped }) => Buffer.from(wrapped));
    },
    async makeNewer() {
      using memory = new DatabaseSync(join(data, "memory.db"));
      memory.exec("PRAGMA user_version = 99");
    },
    async load(backup) {
      const elsewhere = join(folder, "elsewhere");
      mkdirSync(elsewhere);
      for (const name of NAMES) {
        cpSync(join(backup, `${name}.snapshot`), join(elsewhere, `${name}.db`));
      }
      const remove = async (): Promise<void> => rmSync(elsewhere, { recursive: true });
      return { store: `sqlite:${elsewhere}`, [Symbol.asyncDispose]: remove };
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function onServer(): Promise<Medium> {
  const database = await testDatabase();
  const { adminUrl: admin, url: store } = database;
  await makeSchemas(database, "eu");
  const medium: Medium = {
    store,
    admin,
    async lose(names = NAMES) {
      await administer(admin, ...names.map((name) => `DROP SCHEMA oubli_eu_${name} CASCADE`));
      await makeSchemas(database, "eu");
    },
    async left() {
      const found = await rows(
        admin,
        `SELECT nspname AS name FROM pg_namespace
         WHERE nspname ~ '^oubli_' AND nspname !~ '_(memory|keys|audit|notary)$'`,
      );
      return found.map(({ name }) => String(name));
    },
    async isEmpty() {
      const [row] = await rows(
        admin,
        `SELECT (SELECT count(*) FROM oubli_eu_audit.audit_leaf) +
          (SELECT count(*) FROM oubli_eu_keys.epoch_key) +
          (SELECT count(*) FROM oubli_eu_memory.node) = 0 AS empty`,
      );
      return row!["empty"] === true && (await medium.left()).length === 0;
    },
    settled: () => settled(admin),
    async hasLog() {
      const text = "SELECT count(*) > 0 AS some FROM oubli_eu_audit.audit_leaf";
      return (await rows(admin, text))[0]!["some"] === true;
    },
    async wrappedKeys(nodes) {
      const text = "SELECT wrapped FROM oubli_eu_keys.node_key WHERE node_id = ANY ($1)";
      return (await rows(admin, text, [nodes])).map(({ wrapped }) => wrapped as Buffer);
    },
    makeNewer: () =>
      administer(admin, "INSERT INTO oubli_eu_memory.migration VALUES ('9999', 'later')"),
    async load(backup) {
      const elsewhere = await testDatabase();
      const { adminUrl, url } = elsewhere;
      await makeSchemas(elsewhere, "eu");
      for (const name of NAMES) {
        const lines = await readFile(join(backup, `${name}.snapshot`), "utf8");
        await administer(adminUrl, ...loading(name, lines));
      }
      return { store: url, [Symbol.asyncDispose]: () => elsewhere[Symbol.asyncDispose]() };
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
  return medium;
}

type Row = Readonly<Record<string, unknown>>;

async function rows(url: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
}

/** What a new schema already has goes first. */
export function loading(name: Name, lines: string): string[] {
  const tables = new Set(lines.split("\n").map((line) => line.slice(0, line.indexOf(" "))));
  tables.delete("");
  return [
    `SET search_path TO oubli_eu_${name}`,
    ...[...tables].map((table) => `DELETE FROM ${table}`),
    ...lines.split("\n").flatMap((line) => {
      if (line === "") return [];
      const at = line.indexOf(" ");
      const [table, row] = [line.slice(0, at), line.slice(at + 1)];
      const text = row.replaceAll("'", "''").replaceAll("\\", "\\\\");
      return [
        `INSERT INTO ${table} SELECT * FROM json_populate_record(NULL::${table}, E'${text}')`,
      ];
    }),
  ];
}
