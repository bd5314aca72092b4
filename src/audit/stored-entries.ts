import { setImmediate as turn } from "node:timers/promises";

import type { SubjectId } from "#kernel";

import type { AuditStore, StoredEntry } from "./audit-store.ts";
import type { LogName } from "./log-names.ts";

export interface EntryRange {
  /** Default: 0, the first one. */
  readonly from?: number;
  /** The first index that is too late. Default: none; it is read to the end that the log has then. */
  readonly until?: number;
  readonly subject?: SubjectId;
  /** How many are held at once. Default: 500. */
  readonly pageSize?: number;
}

/** The entries of one log in order, read a page at a time. */
export async function* storedEntries(
  store: Pick<AuditStore, "entries">,
  log: LogName,
  { from = 0, until = Infinity, subject, pageSize = 500 }: EntryRange = {},
): AsyncGenerator<StoredEntry> {
  const whose = subject === undefined ? {} : { subject };
  for (let next = from; next < until;) {
    const limit = Math.min(pageSize, until - next);
    const page = await store.entries(log, { from: next, limit, ...whose });
    for (const entry of page) {
      if (entry.index >= until) return;
      yield entry;
    }
    if (page.length < limit) return;
    // SQLite reads on this thread: whoever else waits for it has a turn between two pages.
    await turn();
    next = page.at(-1)!.index + 1;
  }
}

/** The entries of one log, newest first, from what it has when this is begun. */
export async function* entriesBackwards(
  store: Pick<AuditStore, "entries" | "head">,
  log: LogName,
  pageSize = 500,
): AsyncGenerator<StoredEntry> {
  let { size: until } = await store.head(log);
  while (until > 0) {
    const from = Math.max(0, until - pageSize);
    yield* (await store.entries(log, { from, limit: until - from })).toReversed();
    await turn();
    until = from;
  }
}
