import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, OubliError } from "#kernel";

import { settleCommits } from "./commits-on-their-way.ts";
import { LOCK_EPOCHS } from "./key-directory-functions.ts";
import type { SnapshotConnection } from "./snapshot-connection.ts";

/**
 * What holds every writer of a schema: rows that their transactions lock or change, and then tables,
 * in the order in which those come to them. A role may lock a table only where it may delete from it.
 *
 * What it lets pass is one insert: a person's fence among the memories. It only narrows, and the
 * replay of a restore repeats it, since how far the ledger was followed stands still.
 */
const HELD = {
  memory: {
    rows: ["SELECT 1 FROM applied FOR UPDATE"],
    tables: ["replay_fence", "node", "derivation", "session", "idempotency"],
  },
  keys: {
    // Whoever makes a key, of whatever kind, holds the active epoch.
    rows: ["SELECT 1 FROM applied FOR UPDATE", LOCK_EPOCHS],
    tables: ["lookup", "directory", "subject_key", "node_key", "evidence_key", "case_key"],
  },
} as const;

/** Shorter than the server's own look for deadlocks: it is a backup that gives in, and no writer. */
const WAIT_MS = 800;
const TRIES_MAX = 20;
const TRY_PAUSE_MS = 300;

/**
 * Holds the writes of schemas that stand on several nodes, until it is disposed of: a fraction of a
 * second, in which a snapshot begins on each node. Those that stand on one need no such thing.
 *
 * Why all nodes are then of one moment: a transaction that wrote keeps its locks until each node has
 * committed. So whoever has all locks finds each transaction on every node or on none, but for one
 * whose second phase was lost on its way; that one is asked for, and waited for.
 *
 * @throws {OubliError} `STORE_BUSY`, `STORE_UNAVAILABLE`
 */
export async function pauseWrites(
  connections: readonly SnapshotConnection[],
): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const held: Held[] = [];
  for (const { schema, onNodes, again } of connections) {
    const what = schema.name in HELD ? HELD[schema.name as keyof typeof HELD] : null;
    if (onNodes && what) held.push({ connection: opened.use(await again()), what });
  }
  for (let tries = 1; !(await holdAll(held)); tries += 1) {
    if (tries === TRIES_MAX) throw new OubliError("STORE_BUSY", { tries });
    await pause(Math.random() * TRY_PAUSE_MS);
  }
  return opened.move();
}

interface Held {
  readonly connection: SnapshotConnection;
  readonly what: (typeof HELD)[keyof typeof HELD];
}

async function holdAll(all: readonly Held[]): Promise<boolean> {
  try {
    for (const one of all) if (!(await hold(one))) throw new OubliError("STORE_BUSY");
    return true;
  } catch (error) {
    for (const { connection } of all) await connection.query("ROLLBACK");
    if (isOubliError(error, "STORE_BUSY")) return false;
    throw error;
  }
}

async function hold({ connection, what }: Held): Promise<boolean> {
  await connection.begin("", [`SET LOCAL lock_timeout TO ${WAIT_MS}`]);
  for (const text of what.rows) await connection.query(text);
  await connection.query(`LOCK ${what.tables.join()} IN EXCLUSIVE MODE`);
  // Those that come from now on are another schema's.
  return (await settleCommits(connection.query, WAIT_MS)) === 0;
}
