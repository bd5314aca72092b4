/** The same tables on each database, filled and counted by a client that is not the source's. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { DeclarationInput, Identity } from "#sources";
import { createConnection } from "mysql2/promise";
import pg from "pg";

import { startPostgres, testDatabase, type PostgresServer } from "../../support/postgres.ts";
import { MARIADB_VARIABLE, skipWithout, startMariadb, type Server } from "../../support/servers.ts";

export interface SqlGround extends AsyncDisposable {
  /** For the source. */
  readonly url: string;
  /** Of those that have a server of their own. */
  readonly server: Server | null;
  run(...statements: readonly string[]): Promise<void>;
  rows(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** A further connection, with a transaction begun. */
  hold(statement: string): Promise<() => Promise<void>>;
}

export interface Kind {
  readonly name: string;
  readonly skip: string | false;
  open(): Promise<SqlGround>;
}

export const KINDS: readonly Kind[] = [
  { name: "SQLite", skip: false, open: sqlite },
  { name: "PostgreSQL", skip: false, open: () => postgres() },
  { name: "MariaDB", skip: skipWithout("mariadb"), open: () => mariadb(null) },
];

async function sqlite(): Promise<SqlGround> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-sql-source-"));
  const file = join(folder, "app.db");
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec("pragma journal_mode = wal");
  const others: DatabaseSync[] = [];
  return {
    url: `sqlite:${file}`,
    server: null,
    run: async (...statements) => {
      for (const statement of statements) database.exec(statement);
    },
    rows: async (statement) => database.prepare(statement).all(),
    async hold(statement) {
      const other = new DatabaseSync(file, { timeout: 5000 });
      others.push(other);
      other.exec(`begin immediate; ${statement}`);
      return async () => other.exec("commit");
    },
    async [Symbol.asyncDispose]() {
      for (const each of [database, ...others]) each.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** PostgreSQL on a server of one's own, to kill. */
export const OWN_POSTGRES: Kind = {
  name: "PostgreSQL",
  skip: false,
  async open() {
    const server = await startPostgres();
    const suspended = () => assert.fail("not of this one");
    return postgres({ ...server, suspend: suspended, resume: suspended });
  },
};

/** MariaDB likewise. */
export const OWN_MARIADB: Kind = {
  name: "MariaDB",
  skip: skipWithout("mariadb"),
  open: async () => mariadb(await startMariadb()),
};

async function postgres(server: (Server & PostgresServer) | null = null): Promise<SqlGround> {
  const database = await testDatabase(server ?? undefined);
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.adminUrl });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  let client = await connect();
  return {
    url: database.adminUrl,
    server: server && {
      ...server,
      async restart() {
        await server.restart();
        client = await connect();
      },
    },
    async run(...statements) {
      for (const statement of statements) await client.query(statement);
    },
    rows: async (statement) => (await client.query<Record<string, unknown>>(statement)).rows,
    async hold(statement) {
      const other = await connect();
      await other.query(`begin; ${statement}`);
      return async () => {
        await other.query("commit");
        await other.end();
      };
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await database[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

async function mariadb(given: Server | null): Promise<SqlGround> {
  const shared = process.env[MARIADB_VARIABLE];
  const server = given ?? (shared === undefined ? await startMariadb() : null);
  const url = server?.url ?? shared!;
  const name = `shop_${Math.random().toString(36).slice(2, 10)}`;
  const connect = async (database = "") => {
    const uri = `${url}/${database}`.replace("mariadb:", "mysql:");
    const client = await createConnection({ uri, multipleStatements: true });
    client.on("error", () => {});
    return client;
  };
  let client = await connect();
  await client.query(`create database ${name}; use ${name}`);
  return {
    url: `${url}/${name}`,
    server: server && {
      ...server,
      async restart() {
        await server.restart();
        client = await connect(name);
      },
    },
    async run(...statements) {
      for (const statement of statements) await client.query(statement);
    },
    rows: async (statement) => (await client.query(statement))[0] as Record<string, unknown>[],
    async hold(statement) {
      const other = await connect(name);
      await other.query(`start transaction; ${statement}`);
      return async () => {
        await other.query("commit");
        await other.end();
      };
    },
    async [Symbol.asyncDispose]() {
      if (server === null) await client.query(`drop database ${name}`);
      client.destroy();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

/** A shop: lines hang on orders by a cascade that nobody declared. */
export const SCHEMA: readonly string[] = [
  `create table users (id integer primary key, external_id varchar(64), email varchar(128),
     name varchar(64), born date, note text)`,
  `create table orders (id integer primary key, user_id integer not null, street varchar(64),
     total integer, foreign key (user_id) references users (id))`,
  `create table order_lines (id integer primary key, order_id integer not null, what varchar(64),
     foreign key (order_id) references orders (id) on delete cascade)`,
  `create table messages (id integer primary key, sender varchar(64), recipient varchar(64),
     body varchar(200))`,
  `create table invoices (id integer primary key, customer varchar(64), phone varchar(64),
     town varchar(64), amount integer, issued timestamp)`,
  `create table sessions (token varchar(64) primary key, account varchar(64), seen timestamp)`,
];

export const TABLES: DeclarationInput = {
  users: {
    identity: { external_id: "externalId", email: "email" },
    category: "profile",
    access: ["external_id", "email", "name", "born", "note"],
    erase: "delete",
  },
  orders: {
    references: { user_id: "users.id" },
    category: "purchase",
    access: ["street", "total"],
    erase: "delete",
  },
  messages: {
    identity: { sender: "externalId", recipient: "externalId" },
    category: "message",
    access: ["body"],
    withheld: { recipient: "third-person" },
    erase: "delete",
  },
  sessions: {
    identity: { account: "externalId" },
    key: ["token"],
    category: "session",
    access: ["seen"],
    erase: "delete",
    anchor: "seen",
    maxAge: "P90D",
  },
};

/** Bookkeeping: what a tax law keeps is made anonymous, or stays. */
export const INVOICES = {
  identity: { customer: "externalId" },
  category: "invoice",
  access: ["customer", "phone", "town", "amount", "issued"],
  erase: "delete",
  anonymise: {
    customer: { strategy: "salted-hash" },
    phone: { strategy: "null" },
    town: { strategy: "constant", value: "-" },
    amount: { strategy: "generalise", to: { step: 100 } },
    issued: { strategy: "generalise", to: "year" },
  },
} as const satisfies DeclarationInput[string];

/** Of a person: a profile, two orders of two lines each, two messages, two sessions. */
export const RECORDS = 7;
export const LINES = 4;

export async function fill(ground: SqlGround, who: Identity, from: number): Promise<void> {
  const { externalId: name, identifiers } = who;
  await ground.run(
    `insert into users values (${from}, '${name}', '${identifiers["email"]!}', 'name of ${name}',
       '1980-05-03', 'note')`,
    `insert into orders values (${from}, ${from}, 'street of ${name}', 1),
       (${from + 1}, ${from}, 'street of ${name}', 2)`,
    `insert into order_lines values (${from}, ${from}, 'tea'), (${from + 1}, ${from}, 'cup'),
       (${from + 2}, ${from + 1}, 'tea'), (${from + 3}, ${from + 1}, 'pot')`,
    `insert into messages values (${from}, '${name}', 'carl', 'words of ${name}'),
       (${from + 1}, 'carl', '${name}', 'words to ${name}')`,
    `insert into sessions values ('t${from}', '${name}', '2026-01-01 10:00:00'),
       ('u${from}', '${name}', '2020-01-01 10:00:00')`,
  );
}

export async function holds(ground: SqlGround, who: Identity, from: number): Promise<number> {
  const { externalId: name } = who;
  const [row] = await ground.rows(`select
    (select count(*) from users where external_id = '${name}')
    + (select count(*) from orders where user_id = ${from})
    + (select count(*) from messages where sender = '${name}' or recipient = '${name}')
    + (select count(*) from sessions where account = '${name}') as many`);
  return Number(row!["many"]);
}

/** A rule of the database by which rows seem to go, and stay. */
export function keepingTrigger(name: string): readonly string[] {
  if (name === "SQLite") {
    return [`create trigger keep before delete on sessions begin select raise(ignore); end`];
  }
  if (name === "PostgreSQL") {
    return [
      "create function keep() returns trigger language plpgsql as 'begin return null; end'",
      "create trigger keep before delete on sessions for each row execute function keep()",
    ];
  }
  return [`create trigger keep before delete on sessions for each row signal sqlstate '45000'`];
}
