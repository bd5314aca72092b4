import assert from "node:assert/strict";

import { isOubliError, OubliError, type Clock, type Ids } from "#kernel";

import { createAppenders } from "./appender.ts";
import type { AuditStore, Carried, GateCheck } from "./audit-store.ts";
import { createCheckpoints, readersOf, refuseForks, type Checkpoints } from "./checkpoints.ts";
import { logOf, sealEntry, type Draft } from "./entry.ts";
import type { LogName } from "./log-names.ts";
import type { Notary } from "./notary.ts";
import { proveEntry } from "./proof.ts";
import type { Effect } from "./subject-facts.ts";

/** Where an act stands in the log. */
export interface Logged {
  readonly auditLog: LogName;
  /** Of its first entry. */
  readonly auditIndex: number;
}

export type Recorded = Done | { readonly status: "stale" };

interface Done {
  readonly status: "appended";
  readonly log: LogName;
  readonly index: number;
  readonly answers?: readonly unknown[];
}

export function loggedAt({ log, index }: Done): Logged {
  return { auditLog: log, auditIndex: index };
}

/** What every other room sees of the audit log: one way in, and what comes back as proof. */
export interface AuditLog {
  readonly store: AuditStore;
  readonly notary: Notary;
  readonly checkpoints: Checkpoints;
  /**
   * Writes an act down. When it resolves to `appended`, the entries and their effects are durable.
   *
   * @param acts One entry, or several that belong together (ids split over entries).
   * @throws {OubliError} `AUDIT_UNAVAILABLE`, `LOG_FORKED`, `CLOSED`: nothing may be released or
   *   done. `LIMIT_EXCEEDED`: an entry is too long, and must be split.
   */
  record(
    acts: Draft | readonly Draft[],
    with_?: {
      readonly check?: GateCheck;
      readonly effects?: readonly Effect[];
      readonly carries?: Carried | null;
    },
  ): Promise<Recorded>;
  /** Whether an entry that is recorded now is appended alone. */
  isIdle(): boolean;
  prove(at: Parameters<typeof proveEntry>[2]): Promise<string>;
  close(): Promise<void>;
}

/** How long an entry may wait for the notary's signature. */
const PUBLISH_EVERY_MS = 1000;

/**
 * Opens the log over its store.
 *
 * @throws {OubliError} `LOG_FORKED` when the store is behind its notary.
 */
export async function openAuditLog({
  store,
  notary,
  clock,
  ids,
}: {
  readonly store: AuditStore;
  readonly notary: Notary;
  readonly clock: Clock;
  readonly ids: Ids;
}): Promise<AuditLog> {
  await refuseForks(store, notary);
  const appenders = createAppenders(store, clock);
  const readers = readersOf(store);
  const checkpoints = createCheckpoints(store, notary, readers);
  const publisher = publishRegularly(checkpoints);
  let closed = false;

  return {
    store,
    notary,
    checkpoints,
    isIdle: () => appenders.isIdle(),
    async record(acts, { check, effects = [], carries = null } = {}) {
      if (closed) throw new OubliError("CLOSED");
      publisher.refuseFork();
      const drafts = Array.isArray(acts) ? (acts as readonly Draft[]) : [acts as Draft];
      assert(drafts[0], "an act has an entry");
      const log = logOf(drafts[0], store.logs);
      assert(
        drafts.every((draft) => logOf(draft, store.logs) === log),
        "entries of one act stand in one log",
      );
      const entries = drafts.map((draft) => sealEntry(draft, { clock, ids, log }));
      const done = await appenders.append({ log, entries, check: check ?? null, effects, carries });
      return done.status === "stale" ? done : { ...done, log };
    },
    prove: (at) => proveEntry(readers, checkpoints, at),
    async close() {
      closed = true;
      await appenders.drained();
      await publisher.stop();
    },
  };
}

interface Publisher {
  /** @throws {OubliError} `LOG_FORKED` once a signature was refused for it. */
  refuseFork(): void;
  /** Resolves after a last signature, when no other is under way. */
  stop(): Promise<void>;
}

/** Has new entries signed every second, one signature at a time. */
function publishRegularly(checkpoints: Checkpoints): Publisher {
  let fork: OubliError | null = null;
  let publishing: Promise<void> | null = null;

  async function publish(): Promise<void> {
    try {
      await checkpoints.publish();
    } catch (error) {
      // Any other failure is tried again a second later; `covering` meets the error if it lasts.
      if (isOubliError(error, "LOG_FORKED")) fork = error;
    }
    publishing = null;
  }

  const timer = setInterval(() => (publishing ??= publish()), PUBLISH_EVERY_MS);
  timer.unref();
  return {
    refuseFork() {
      if (fork) throw fork;
    },
    async stop() {
      clearInterval(timer);
      await publishing;
      await publish();
    },
  };
}
