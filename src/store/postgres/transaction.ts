import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, type SubjectId } from "#kernel";

import { Batch, type Call, type Row } from "./batch.ts";
import type { Client } from "./client.ts";
import { isRefusal, isTransient, storeError, type Reached } from "./postgres-errors.ts";

/**
 * Whose rows a call may see and write: row-level security holds it to that, whatever its WHERE
 * says. Work that is for everybody (a sweep, a redo, a rotation, a check, the logs) says so.
 */
export type Scope = SubjectId | typeof EVERY_SUBJECT;

/** Never an id: ids start with their kind. */
export const EVERY_SUBJECT = "*";

/** A transaction of several round trips. */
export interface Transaction {
  query<R = Row>(call: Call): Promise<R[]>;
  /** Several statements in one round trip. */
  queryAll(calls: readonly Call[]): Promise<Row[][]>;
  /** The transaction's last statements: they and its COMMIT are one round trip. */
  commitWith(calls: readonly Call[], reached?: Reached): Promise<Row[][]>;
}

/** When a server that says nothing at all counts as gone: above every timeout of its own. */
const SILENCE_MS = 20_000;

/** Tries at a transaction that the server gave up for another's sake. */
const TRIES_MAX = 6;
const TRY_PAUSE_MS = 20;

const call = (text: string): Call => ({ text, values: [] });

/** Whom a connection works as, and where it looks names up. */
export interface Standing {
  readonly role: string;
  /** As it was set, whether there is such a schema or not. */
  readonly path: string;
  readonly onNodes: boolean;
}

/**
 * Fails where the connection is not the one that took its role: a pooler that gives each transaction
 * another one would send this batch to whatever schema, of whatever region, was used there before.
 * What stands behind a failed statement of a batch is not run.
 */
const HERE = "1 / (current_user = $1 AND current_setting('search_path') = $2)::int";

/**
 * The subject lasts until the end of the transaction that it is in.
 *
 * @param as The role of the statement behind it. Default: the connection's own.
 */
export const scopeCall = ({ role, path }: Standing, scope: Scope, as = role): Call => ({
  text: `SELECT ${HERE}, set_config('oubli.subject', $3, true), set_config('role', $4, true)`,
  values: [role, path, scope, as],
});

/**
 * The same where tables stand on several nodes: a node is told of a SET LOCAL that stands in a
 * BEGIN, and of nothing else.
 */
function scopeCallOnNodes(scope: Scope): Call {
  assert.match(scope, /^(\*|[a-z]+_[0-9A-Za-z_-]+)$/, "an id has no quotes");
  return { text: `SET LOCAL oubli.subject TO '${scope}'`, values: [], once: true };
}

/** What opens a transaction of several round trips. */
function opening(standing: Standing, scope: Scope): Call[] {
  if (!standing.onNodes) return [call("BEGIN"), scopeCall(standing, scope)];
  const here = { text: `SELECT ${HERE}`, values: [standing.role, standing.path] };
  return [call("BEGIN ISOLATION LEVEL READ COMMITTED"), here, scopeCallOnNodes(scope)];
}

/** Runs one try at a transaction. */
export async function transact<T>(
  client: Client,
  standing: Standing,
  scope: Scope,
  work: (on: Transaction) => Promise<T>,
): Promise<T> {
  let before = opening(standing, scope);
  let committed = false;
  const queryAll = async (calls: readonly Call[], reached: Reached = "reading") => {
    // What opens the transaction goes with its first statements, in the same round trip.
    const first = before;
    before = [];
    return (await send(client, [...first, ...calls], reached)).slice(first.length);
  };
  const commitWith = async (calls: readonly Call[], reached: Reached = "committing") => {
    const rows = await queryAll([...calls, call("COMMIT")], reached);
    committed = true;
    return rows.slice(0, -1);
  };
  const query = async <R>(next: Call) => (await queryAll([next]))[0] as R[];
  try {
    const result = await work({ query, queryAll: (calls) => queryAll(calls), commitWith });
    if (!committed) await commitWith([]);
    return result;
  } catch (error) {
    if (!committed && !isBroken(error)) await send(client, [call("ROLLBACK")], "reading");
    throw error;
  }
}

/** Sends a batch, and does not wait for ever for a server that fell silent. */
export async function send(
  client: Client,
  calls: readonly Call[],
  reached: Reached,
): Promise<Row[][]> {
  const batch = new Batch(calls);
  const timer = setTimeout(() => batch.handleError(new Error("no answer")), SILENCE_MS);
  try {
    client.query(batch);
    return await batch.done;
  } catch (error) {
    throw storeError(error, batch.sent ? reached : "nothing-sent");
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the connection is lost, silent, or in a state that nobody knows. */
export function isBroken(error: unknown): boolean {
  if (isOubliError(error, "OUTCOME_UNKNOWN")) return true;
  return isOubliError(error, "STORE_UNAVAILABLE") && !isRefusal(error.foreignCause());
}

/** Runs a transaction again that the server undid whole, for the sake of another one. */
export async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      const cause = isOubliError(error) ? error.foreignCause() : null;
      if (tries === TRIES_MAX || !isTransient(cause)) throw error;
      await pause(Math.random() * TRY_PAUSE_MS * tries);
    }
  }
}
