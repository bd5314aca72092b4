import { OubliError, sameBytes } from "#kernel";

import type { AuditStore, Head } from "./audit-store.ts";
import type { LogName } from "./log-names.ts";
import { consistencyProof, headAt, rootOf, type ReadHashes } from "./merkle.ts";
import type { Checkpoint, Notary } from "./notary.ts";

/** Keeps the notary's signature close behind each log. */
export interface Checkpoints {
  /**
   * A signed checkpoint that covers at least `size` leaves.
   *
   * @throws {OubliError} `LOG_FORKED`; `AUDIT_UNAVAILABLE` when the log is not that long.
   */
  covering(log: LogName, size: number): Promise<Checkpoint>;
  /**
   * Signs whatever grew since the last time.
   *
   * @throws {OubliError} `LOG_FORKED` when a log no longer holds what was signed.
   */
  publish(): Promise<void>;
}

/** The reader of each log's hashes. */
export type Readers = (log: LogName) => ReadHashes;

export function readersOf(store: AuditStore): Readers {
  return (log) =>
    (...at) =>
      store.hashes(log, ...at);
}

/** How often another process may sign first before we say that something is wrong. */
const SIGN_TRIES_MAX = 20;

export function createCheckpoints(
  store: AuditStore,
  notary: Notary,
  readers: Readers = readersOf(store),
): Checkpoints {
  /** The last checkpoint if it covers `size` leaves, or else a new one over all there are. */
  async function signed(log: LogName, size: number): Promise<Checkpoint | null> {
    for (let tries = 0; tries < SIGN_TRIES_MAX; tries += 1) {
      const last = await notary.last(log);
      if (last && last.size >= size) return last;
      // Read after `last`: a head that is older than the last signature would look like a fork.
      const head = await store.head(log);
      if (last) refuseOther(head, last);
      if (head.size === (last?.size ?? 0)) return last;
      const proof = await consistencyProof(readers(log), last?.size ?? 0, head.size);
      const next = await notary.sign(log, last, head, proof);
      if (next) return next;
    }
    throw new OubliError("AUDIT_UNAVAILABLE");
  }

  return {
    async covering(log, size) {
      const checkpoint = await signed(log, size);
      if (!checkpoint || checkpoint.size < size) throw new OubliError("AUDIT_UNAVAILABLE");
      return checkpoint;
    },
    async publish() {
      for (const log of store.logs) await signed(log, Infinity);
    },
  };
}

/**
 * Refuses a database that is older than, or differs from, what the notary signed: a restored
 * backup, a truncation, or another history; or one that lacks a log that was signed.
 *
 * Cost: some reads, however long the log. Limits: it rests on the stored hashes of full tiles. An
 * edit below one that left them alone is what `checkLogs` finds.
 *
 * @throws {OubliError} `LOG_FORKED`.
 */
export async function refuseForks(store: AuditStore, notary: Notary): Promise<void> {
  for (const log of notary.logs) {
    const last = await notary.last(log);
    if (!last) continue;
    if (!store.logs.includes(log))
      throw new OubliError("LOG_FORKED", { signed: last.size, found: 0 });
    refuseOther(await store.head(log), last);
    const then = await headAt((...at) => store.hashes(log, ...at), last.size);
    refuseOther(then, last);
  }
}

/** Refuses a head that is shorter than the last signed one, or as long and not the same. */
function refuseOther(head: Head, { size, root }: Checkpoint): void {
  if (head.size < size || (head.size === size && !sameBytes(rootOf(head), root))) {
    throw new OubliError("LOG_FORKED", { signed: size, found: head.size });
  }
}
