import { createSecretKey, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import {
  columnOf,
  tableOf,
  type Collection,
  type CollectionOutcome,
  type Identity,
  type Outcome,
} from "#sources";
import { sql } from "kysely";

import { failure } from "../failure.ts";
import type { Act } from "./acts.ts";
import { batches } from "./batches.ts";
import { belongs, refuseUnnamed, type Condition } from "./belongs.ts";
import { cascades } from "./cascades.ts";
import { changeRows, isChanged, type Change } from "./change.ts";
import { refuseUnsound } from "./check.ts";
import type { Database } from "./engine.ts";
import { among, countOf, deleteRows, exists, pages, type Found } from "./rows.ts";
import type { Session } from "./session.ts";

/** An order of one person: what becomes of each table. */
export interface Order {
  readonly who: Identity;
  readonly act: (collection: Collection) => Act;
}

/** A row that points to one of these came behind the rows of its table. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** How often it starts again for rows that writers add meanwhile. */
const ROUNDS_MAX = 5;
/** How often a table is walked while its rows do not become fewer. */
const VAIN_WALKS_MAX = 3;
const WALK_PAUSE_MS = 50;

/**
 * Carries out an order, table by table: what points to rows before the rows.
 *
 * Every batch is a transaction. Called again, after a crash in any place, it finds what is left and
 * goes on: rows lead to the person until their own batch, and the rows through which they do go
 * behind them.
 */
export async function carryOut(session: Session, order: Order): Promise<Outcome> {
  refuseUnsound(session);
  // Before the rows go through which they are found.
  const kept = await keptRows(session, order);
  const tally = new Map<string, CollectionOutcome>();
  // A salt for this call, kept nowhere.
  const salt = createSecretKey(randomBytes(32));
  for (let round = 1; ; round += 1) {
    try {
      for (const collection of session.declaration.order.flat()) {
        const act = order.act(collection);
        if (act.kind === "keep") continue;
        await clear(session, { order, act, collection, salt, tally });
      }
      break;
    } catch (error) {
      const overtaken = error instanceof Overtaken;
      if (!overtaken && session.engine.fault(error).cause !== "referenced") throw error;
      if (round === ROUNDS_MAX) throw failure(session.source, "referenced");
    }
  }
  await session.engine.settle(session.db);
  refuseUnnamed(session, order.who);
  const changed = [...tally.values()];
  return {
    status: "done",
    recordsDeleted: changed.reduce((sum, { records }) => sum + records, 0),
    collections: [...changed, ...kept],
  };
}

interface Task extends Omit<Change, "who" | "columns"> {
  readonly order: Order;
  readonly act: Exclude<Act, { kind: "keep" }>;
  readonly tally: Map<string, CollectionOutcome>;
}

/** Walks over a table until nothing in it is left to do; rows that others hold come later. */
async function clear(session: Session, task: Task): Promise<void> {
  const { collection, act, order } = task;
  const where = belongs(session, collection, order.who);
  const says = act.kind === "delete" ? { strategy: "delete" as const } : act.says;
  add(task.tally, { name: collection.name, records: 0, ...says });
  let before = Infinity;
  for (let vain = 0; ;) {
    // Passed over while others hold them; then waited for, few at a time.
    await walk(session, task, where, vain > 0);
    const left = await leftOver(session, task, where);
    if (left === 0) return;
    vain = left < before ? 0 : vain + 1;
    // Rows that stay whatever is done: a trigger or a rule of the database keeps them.
    if (vain === VAIN_WALKS_MAX) throw failure(session.source, "refused");
    before = left;
    await pause(WALK_PAUSE_MS * (vain + 1), undefined, { signal: session.signal });
  }
}

async function walk(
  session: Session,
  task: Task,
  where: Condition,
  waiting: boolean,
): Promise<void> {
  const { collection, act, tally } = task;
  const { name: table, key } = collection;
  const columns = act.kind === "change" ? Object.keys(act.columns) : [];
  const batched = { table, key, columns, where, waiting };
  const treated = batches(session, batched, (db, rows) => treat(session, db, task, rows));
  // Behind the commit: a batch that was taken again counts once.
  for await (const outcomes of treated) for (const one of outcomes) add(tally, one);
}

async function treat(
  session: Session,
  db: Database,
  task: Task,
  rows: readonly Found[],
): Promise<readonly CollectionOutcome[]> {
  const { collection, act, order, salt } = task;
  if (act.kind === "change") {
    const change = { collection, columns: act.columns, who: order.who, salt };
    const records = await changeRows(session, db, change, rows);
    return [{ name: collection.name, records, ...act.says }];
  }
  const { name: table, key } = collection;
  const keys = rows.map((one) => one.key);
  const where = among(session.engine, table, key, keys);
  await refuseOvertaken(session, db, task, where);
  const followed = await cascades(session, db, table, where);
  await deleteRows(session, db, collection, keys);
  return [{ name: table, records: rows.length, strategy: "delete" }, ...followed];
}

/**
 * Rows of other declared tables that point to these, and are to be treated, came behind their own
 * table's walk. Without these they could not be found any more.
 */
async function refuseOvertaken(
  session: Session,
  db: Database,
  { collection, order }: Task,
  where: Condition,
): Promise<void> {
  for (const other of Object.values(session.declaration.collections)) {
    if (other.name === collection.name || order.act(other).kind !== "delete") continue;
    for (const [column, to] of Object.entries(other.references)) {
      if (tableOf(to) !== collection.name) continue;
      const pointing = sql<boolean>`${sql.ref(`${other.name}.${column}`)} in (
        select ${sql.ref(`${collection.name}.${columnOf(to)}`)}
        from ${sql.table(collection.name)} where ${where})`;
      if (await exists(db, other.name, pointing)) throw new Overtaken();
    }
  }
}

/** Seen without locks: what is the person's and not as it is to be. */
export async function leftOver(
  session: Session,
  { collection, act, salt }: Pick<Task, "collection" | "act" | "salt">,
  where: Condition,
): Promise<number> {
  const { name: table, key } = collection;
  if (act.kind === "delete") return countOf(session.db, table, where);
  const columns = Object.keys(act.columns);
  let left = 0;
  for await (const found of pages(session.db, { table, key, columns, where, limit: 1000 })) {
    const change = { collection, columns: act.columns, salt };
    left += found.filter(({ row }) => !isChanged(session, change, row)).length;
  }
  return left;
}

async function keptRows(session: Session, order: Order): Promise<readonly CollectionOutcome[]> {
  const kept: CollectionOutcome[] = [];
  for (const collection of session.declaration.order.flat()) {
    const act = order.act(collection);
    if (act.kind !== "keep") continue;
    const where = belongs(session, collection, order.who);
    const records = await countOf(session.db, collection.name, where);
    kept.push({ name: collection.name, records, ...act.says });
  }
  return kept;
}

function add(tally: Map<string, CollectionOutcome>, outcome: CollectionOutcome): void {
  const name = `${outcome.name} ${outcome.strategy}`;
  const records = (tally.get(name)?.records ?? 0) + outcome.records;
  tally.set(name, { ...outcome, records });
}
