import { setImmediate as turn } from "node:timers/promises";

import { isOubliError, LIMITS, OubliError, type Clock } from "#kernel";

import type { Append, Appended, AuditStore } from "./audit-store.ts";
import { LOG_NAMES } from "./log-names.ts";

/** Items in one transaction at most: bounds how long the heads are locked. */
const BATCH_MAX = 256;

/** When a store that does not answer counts as failed: far above what a store itself waits. */
const APPEND_DEADLINE_MS = 30_000;

/** Puts entries into the log, many callers to a commit. Fails closed. */
export interface Appender {
  /**
   * Appends and resolves once the entries are on the disk, or says that their gate moved.
   *
   * @throws {OubliError} `AUDIT_UNAVAILABLE` when the log cannot be written, or too much waits
   *   for it. Retryable. Nothing may be released then. `OUTCOME_UNKNOWN` of what it carries.
   */
  append(item: Append): Promise<Appended>;
  /** Whether nothing waits: what is appended now is alone. */
  isIdle(): boolean;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly item: Append;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: OubliError) => void;
}

/**
 * An appender for each log, so that a batch is of one log and logs grow beside each other. With one
 * access log there is one for both: such a store has one writer, and they share its commits.
 */
export function createAppenders(store: AuditStore, clock: Clock): Appender {
  if (store.logs.length === LOG_NAMES.length) return createAppender(store, clock);
  const each = new Map(store.logs.map((log) => [log, createAppender(store, clock)]));
  return {
    append: (item) => each.get(item.log)!.append(item),
    isIdle: () => [...each.values()].every((one) => one.isIdle()),
    async drained() {
      await Promise.all([...each.values()].map((one) => one.drained()));
    },
  };
}

/**
 * Group commit: a flush starts at once when idle; whatever arrives while it runs is the next
 * batch.
 *
 * Why it is safe: a waiter is resolved only by a commit that returned. A commit whose outcome is
 * unknown counts as failed: the log may then hold an entry of a read that was never released, but
 * never lacks the entry of one that was.
 */
export function createAppender(store: AuditStore, clock: Clock): Appender {
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      // One turn of the event loop: callers that became ready together share the commit.
      await turn();
      const batch = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(BATCH_MAX);
      const failure = await settle(store, batch, clock);
      // Whoever waited through that has waited long enough: the next batch would wait as long.
      if (isOubliError(failure, "STORE_BUSY")) refuse(waiting.splice(0), failure);
    }
    flushing = null;
  }

  return {
    append(item) {
      if (waiting.length >= LIMITS.auditQueueMax) {
        const error = new OubliError("AUDIT_UNAVAILABLE", { waiting: waiting.length });
        return Promise.reject(error);
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        flushing ??= flush();
      });
    },
    isIdle: () => flushing === null,
    drained: async () => {
      await flushing;
    },
  };
}

/** Appends a batch and tells its callers. @returns why it failed, if it did. */
async function settle(
  store: AuditStore,
  batch: readonly Waiting[],
  clock: Clock,
): Promise<unknown> {
  try {
    const items = batch.map(({ item }) => item);
    const outcomes = await inTime(store.append(items, clock.now()));
    for (const [at, { resolve }] of batch.entries()) resolve(outcomes[at]!);
    return null;
  } catch (error) {
    refuse(batch, error);
    return error;
  }
}

function refuse(batch: readonly Waiting[], cause: unknown): void {
  for (const { item, reject } of batch) reject(failed(item, cause));
}

function failed({ carries }: Append, cause: unknown): OubliError {
  // What was restored since stays refused to this process: to try again would be in vain.
  const replaced = isOubliError(cause, "STORE_LOCKED") && cause.details["replaced"] === true;
  // An entry alone counts as not written; of what it carried, nobody can say so.
  const unknown = isOubliError(cause, "OUTCOME_UNKNOWN") && carries;
  if (replaced || unknown) return cause;
  const silent = isOubliError(cause, "STORE_BUSY") && carries;
  return new OubliError(silent ? "OUTCOME_UNKNOWN" : "AUDIT_UNAVAILABLE", {}, cause);
}

/** Rejects when the store hangs. What it may still write then is an entry without a release. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new OubliError("STORE_BUSY")), APPEND_DEADLINE_MS);
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
