import { setImmediate as turn } from "node:timers/promises";

import { isAccessLog, tryReadEntry, type AuditStore, type Entry, type EntryType } from "#audit";
import type { LogName, StoredEntry } from "#audit";

import type { Share } from "./share.ts";

const PAGE = 500;

/** How far each log reached when the scan began: what is appended meanwhile is another answer's. */
export type LogSizes = ReadonlyMap<LogName, number>;

/** One pass over the logs. */
export interface Gathering {
  readonly share: Share;
  readonly sizes: LogSizes;
  /** People and items at most. */
  readonly itemsMax: number;
  readonly seen: Seen;
}

/** How far a pass came before it had too many, as a share of the whole. */
export interface TooMany {
  readonly after: number;
}

/** What the passes met on their way. */
export interface Seen {
  /** Entries that would have counted, and lost their bytes to retention. */
  pruned: number;
  /** Whether whoever is asked about stands in the log at all. */
  asked: boolean;
}

export async function sizesOf(store: AuditStore): Promise<LogSizes> {
  const sizes = new Map<LogName, number>();
  for (const log of store.logs) sizes.set(log, (await store.head(log)).size);
  return sizes;
}

export function accessEntries({ logs }: AuditStore, sizes: LogSizes): number {
  return logs.filter(isAccessLog).reduce((sum, log) => sum + sizes.get(log)!, 0);
}

/** The stored entries of one log in order, a page at a time. */
export async function* storedEntries(
  store: AuditStore,
  log: LogName,
  sizes: LogSizes,
): AsyncGenerator<StoredEntry> {
  const size = sizes.get(log) ?? 0;
  for (let from = 0; from < size;) {
    const page = await store.entries(log, { from, limit: Math.min(PAGE, size - from) });
    yield* page;
    if (page.length === 0) return;
    // Files are read on this thread: whoever else waits for it has a turn between two pages.
    await turn();
    from = page.at(-1)!.index + 1;
  }
}

/** Those of some types, read; without those that lost their bytes. */
export async function* entriesOfTypes(
  store: AuditStore,
  log: LogName,
  sizes: LogSizes,
  types: ReadonlySet<EntryType>,
): AsyncGenerator<Entry> {
  for await (const { type, bytes } of storedEntries(store, log, sizes)) {
    const entry = types.has(type) ? tryReadEntry(bytes) : null;
    if (entry !== null) yield entry;
  }
}
