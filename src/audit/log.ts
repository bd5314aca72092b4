import type { Clock, Ids } from "#kernel";

import { createAppender, type Appender } from "./appender.ts";
import type { Appended, AuditStore, GateCheck } from "./audit-store.ts";
import { createCheckpoints, refuseForks, type Checkpoints } from "./checkpoints.ts";
import { ENTRY_LOGS, sealEntry, type Draft } from "./entry.ts";
import type { Notary } from "./notary.ts";
import { proveEntry } from "./proof.ts";
import type { Effect } from "./subject-facts.ts";

/** What every other room sees of the audit log: one way in, and what comes back as proof. */
export interface AuditLog {
  readonly store: AuditStore;
  readonly notary: Notary;
  readonly checkpoints: Checkpoints;
  /**
   * Writes an act down. When it resolves to `appended`, the entries and their effects are durable.
   *
   * @param acts One entry, or several that belong together (ids split over entries).
   * @throws {OubliError} `AUDIT_UNAVAILABLE`: nothing may be released or done.
   */
  record(
    acts: Draft | readonly Draft[],
    with_?: { readonly check?: GateCheck; readonly effects?: readonly Effect[] },
  ): Promise<Appended>;
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
  const appender: Appender = createAppender(store, clock);
  const checkpoints = createCheckpoints(store, notary);
  // A failed signature is tried again a second later; `covering` meets the error if it lasts.
  const timer = setInterval(() => void checkpoints.publish().catch(() => {}), PUBLISH_EVERY_MS);
  timer.unref();

  return {
    store,
    notary,
    checkpoints,
    record(acts, { check, effects = [] } = {}) {
      const drafts = Array.isArray(acts) ? (acts as readonly Draft[]) : [acts as Draft];
      const log = ENTRY_LOGS[drafts[0]!.t];
      const entries = drafts.map((draft) => sealEntry(draft, { clock, ids }));
      return appender.append({ log, entries, check: check ?? null, effects });
    },
    prove: (at) => proveEntry(store, checkpoints, at),
    async close() {
      clearInterval(timer);
      await appender.drained();
      await checkpoints.publish().catch(() => {});
    },
  };
}
