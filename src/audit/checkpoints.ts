import { OubliError, sameBytes } from "#kernel";

import type { AuditStore } from "./audit-store.ts";
import { LOG_NAMES, type LogName } from "./entry.ts";
import { consistencyProof, headAt, rootOf, type ReadHashes } from "./merkle.ts";
import type { Checkpoint, Notary } from "./notary.ts";

/** Keeps the notary's signature close behind each log. */
export interface Checkpoints {
  /** A signed checkpoint that covers at least `size` leaves. */
  covering(log: LogName, size: number): Promise<Checkpoint>;
  /** Signs whatever grew since the last time. */
  publish(): Promise<void>;
}

/** How often another process may sign first before we say that something is wrong. */
const SIGN_TRIES_MAX = 20;

export function createCheckpoints(store: AuditStore, notary: Notary): Checkpoints {
  async function publishLog(log: LogName): Promise<Checkpoint | null> {
    for (let tries = 0; tries < SIGN_TRIES_MAX; tries += 1) {
      const last = await notary.last(log);
      // Read after `last`: a head that is older than the last signature would look like a fork.
      const head = await store.head(log);
      const signed = last?.size ?? 0;
      if (head.size === signed) return last;
      if (head.size < signed) throw new OubliError("LOG_FORKED", { signed, found: head.size });
      const read: ReadHashes = (level, from, count) => store.hashes(log, level, from, count);
      const proof = await consistencyProof(read, signed, head.size);
      const next = await notary.sign(log, last, head, proof);
      if (next) return next;
    }
    throw new OubliError("AUDIT_UNAVAILABLE");
  }

  return {
    async covering(log, size) {
      const last = await notary.last(log);
      if (last && last.size >= size) return last;
      const next = await publishLog(log);
      if (!next || next.size < size) throw new OubliError("AUDIT_UNAVAILABLE");
      return next;
    },
    async publish() {
      for (const log of LOG_NAMES) await publishLog(log);
    },
  };
}

/**
 * Refuses a database that is older than, or differs from, what the notary signed: a restored
 * backup, a truncation, or an edit of history.
 *
 * @throws {OubliError} `LOG_FORKED`.
 */
export async function refuseForks(store: AuditStore, notary: Notary): Promise<void> {
  for (const log of LOG_NAMES) {
    const last = await notary.last(log);
    if (!last) continue;
    const { size } = await store.head(log);
    if (size < last.size) throw new OubliError("LOG_FORKED", { signed: last.size, found: size });
    const then = await headAt((...at) => store.hashes(log, ...at), last.size);
    if (!sameBytes(rootOf(then), last.root)) {
      throw new OubliError("LOG_FORKED", { signed: last.size, found: size });
    }
  }
}
