import {
  isAccessLog,
  storedEntries,
  tryReadEntry,
  type AuditStore,
  type Entry,
  type EntryType,
  type LogName,
} from "#audit";

import type { Share } from "./share.ts";

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

/** The entries of some types, read; without those that lost their bytes. */
export async function* entriesOfTypes(
  store: AuditStore,
  log: LogName,
  sizes: LogSizes,
  types: ReadonlySet<EntryType>,
): AsyncGenerator<Entry> {
  for await (const { type, bytes } of storedEntries(store, log, { until: sizes.get(log)! })) {
    const entry = types.has(type) ? tryReadEntry(bytes) : null;
    if (entry !== null) yield entry;
  }
}
