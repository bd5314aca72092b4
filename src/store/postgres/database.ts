import { isOubliError, OubliError } from "#kernel";
import type { Pool, PoolClient } from "pg";

import type { Call, Row } from "./batch.ts";
import { connectionSettings } from "./connection-settings.ts";
import { isOnNodes, NODE_SETTINGS, pathOf, PLANS } from "./connection-plans.ts";
import { loadDriver } from "./driver.ts";
import { storeError, type Reached } from "./postgres-errors.ts";
import { lockName, refuseLocked, shareOf, stagedName, type SchemaNumber } from "./restore-lock.ts";
import { quoteName, schemaName, type Schema } from "./schema.ts";
import { assertUsable } from "./schema-version.ts";
import {
  isBroken,
  retried,
  scopeCall,
  send,
  transact,
  type Scope,
  type Standing,
  type Transaction,
} from "./transaction.ts";

export type { Call, Row } from "./batch.ts";
export { EVERY_SUBJECT, type Scope, type Transaction } from "./transaction.ts";

/** One schema of one PostgreSQL database, as its application role. */
export interface Database {
  /** One statement that changes nothing; again on a new connection where the old one was lost. */
  read<R = Row>(scope: Scope, call: Call): Promise<R[]>;
  /** As {@link read}, several from one round trip; each sees what was committed before it began. */
  readAll(scope: Scope, calls: readonly Call[]): Promise<Row[][]>;
  /**
   * Statements that are committed together, in one round trip; durable when it resolves.
   *
   * @throws {OubliError} `OUTCOME_UNKNOWN` when the connection was lost and nobody can say whether
   *   they were written; any other: they were not.
   * @param as The role of the first statement, on one server: it takes the own one again.
   */
  write(scope: Scope, calls: readonly Call[], as?: string): Promise<Row[][]>;
  /** A transaction whose later statements need the rows of its earlier ones. May run again. */
  transaction<T>(scope: Scope, work: (on: Transaction) => Promise<T>): Promise<T>;
  /** Whether the tables of this schema, in the same database, stand on the nodes of a cluster. */
  onNodes(schema: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Where one region's database is. */
export interface PostgresPlace {
  readonly url: string;
  readonly region: string;
  /** Connections at most. */
  readonly max?: number;
  /** For a restore alone: what it staged, or, past its own lock, what it put in place. */
  readonly restore?: "staged" | "placed";
}

const CONNECTIONS_MAX = 10;

/** How long a call waits for a connection, a lock, and a statement. */
const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;
const IDLE_IN_TRANSACTION_MS = 15_000;

/** How long a connection that nobody uses is kept. */
const IDLE_MS = 60_000;

/**
 * Opens a pool of connections under the schema's role.
 *
 * @throws {OubliError} `CONFIG_INVALID`, `DEPENDENCY_MISSING`, `SCHEMA_OLDER`, `SCHEMA_NEWER`,
 *   `STORE_UNAVAILABLE`.
 */
export async function openDatabase({
  url,
  region,
  schema,
  max = CONNECTIONS_MAX,
  restore,
}: PostgresPlace & { readonly schema: Schema }): Promise<Database> {
  const { Pool: DriverPool } = await loadDriver();
  const pool = new DriverPool({
    ...connectionSettings(url),
    max,
    application_name: "oubli",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // The pool drops an idle connection that broke, and what a connection was doing fails by itself;
  // without a listener either would end the process. A server that dies may say so in the same
  // breath as its first answer, so each connection has its listener from its first moment.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const role = schemaName(region, schema);
  const named = restore === "staged" ? stagedName(role) : role;
  const locked = restore !== undefined;
  const database = new PooledDatabase(pool, { role, schema: named, locked, max });
  try {
    await assertUsable(database, schema);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** Whom its connections work as, and where. */
interface Work {
  readonly role: string;
  readonly schema: string;
  /** Whether a restore's lock is its own. */
  readonly locked: boolean;
  readonly max: number;
}

class PooledDatabase implements Database {
  readonly #pool: Pool;
  readonly #work: Work;
  readonly #ready = new WeakMap<PoolClient, Standing>();
  #opened: SchemaNumber = null;
  #closing: Promise<void> | null = null;

  constructor(pool: Pool, work: Work) {
    this.#pool = pool;
    this.#work = work;
  }

  async read<R = Row>(scope: Scope, call: Call): Promise<R[]> {
    return (await this.readAll(scope, [call]))[0] as R[];
  }

  async readAll(scope: Scope, calls: readonly Call[]): Promise<Row[][]> {
    const run = () => retried(() => this.#once(scope, calls, "reading"));
    try {
      return await run();
    } catch (error) {
      if (!isBroken(error)) throw error;
      return run();
    }
  }

  write(scope: Scope, calls: readonly Call[], as?: string): Promise<Row[][]> {
    return retried(() => this.#once(scope, calls, "committing", as));
  }

  transaction<T>(scope: Scope, work: (on: Transaction) => Promise<T>): Promise<T> {
    return retried(() =>
      this.#withClient((client, standing) => transact(client, standing, scope, work)),
    );
  }

  onNodes(schema: string): Promise<boolean> {
    return this.#withClient((client) => isOnNodes(client, schema));
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  /**
   * On several nodes a batch says BEGIN and COMMIT itself: without them each node would commit its
   * statement when that is done, whatever becomes of the next one.
   */
  #once(scope: Scope, calls: readonly Call[], reached: Reached, as?: string): Promise<Row[][]> {
    return this.#withClient(async (client, standing) => {
      if (standing.onNodes) {
        return transact(client, standing, scope, (on) => on.commitWith(calls, reached));
      }
      const [, ...rows] = await send(client, [scopeCall(standing, scope, as), ...calls], reached);
      return rows;
    });
  }

  async #withClient<T>(work: (client: PoolClient, as: Standing) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let broken = false;
    try {
      return await work(client, this.#ready.get(client)!);
    } catch (error) {
      broken = isBroken(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #connect(): Promise<PoolClient> {
    if (this.#closing) throw new OubliError("CLOSED");
    const { max } = this.#work;
    const full = this.#pool.totalCount >= max && this.#pool.idleCount === 0;
    const client = await this.#pool.connect().catch((error: unknown) => {
      const failure = storeError(error);
      throw full && isOubliError(failure, "STORE_UNAVAILABLE")
        ? new OubliError("STORE_BUSY", { connections: max }, error)
        : failure;
    });
    try {
      await this.#setUp(client);
      return client;
    } catch (error) {
      client.release(true);
      throw storeError(error);
    }
  }

  /** Takes the role, and what durability and name look-up rest on; once for each connection. */
  async #setUp(client: PoolClient): Promise<void> {
    if (this.#ready.has(client)) return;
    const { role, schema, locked } = this.#work;
    const path = pathOf(schema);
    await client.query(`
      SET ROLE ${quoteName(role)};
      SELECT set_config('search_path', '${path}', false);
      SET TIME ZONE 'UTC';
      ${shareOf(locked ? lockName(role) : role)};
      SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') = 'off'`);
    if (!locked) this.#opened = await refuseLocked(client, schema, this.#opened);
    const onNodes = await isOnNodes(client, schema);
    const settings = Object.entries(onNodes ? NODE_SETTINGS : PLANS);
    await client.query(settings.map(([name, value]) => `SET ${name} TO ${value}`).join(";"));
    this.#ready.set(client, { role, path, onNodes });
  }
}
