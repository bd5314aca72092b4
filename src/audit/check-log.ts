import { sameBytes } from "#kernel";

import type { AuditStore, Head } from "./audit-store.ts";
import { LOG_NAMES, readEntry, type LogName } from "./entry.ts";
import { appendLeaf, leafHash, rootOf } from "./merkle.ts";
import type { Notary } from "./notary.ts";

/** What a full check of one log found. */
export interface LogCheck {
  readonly log: LogName;
  readonly size: number;
  /** Entries whose bytes are still there and hash to their leaf. */
  readonly checked: number;
  readonly pruned: number;
  readonly faults: readonly LogFault[];
}

export type LogFault =
  | { readonly fault: "entry-changed" | "leaf-missing" | "tile-wrong"; readonly index: number }
  | { readonly fault: "head-wrong" | "checkpoint-wrong"; readonly index: number }
  | { readonly fault: "read-after-erasure"; readonly index: number };

const PAGE = 1024;

/**
 * The audit log's fsck: recomputes every hash from the bytes, and compares leaves, tiles, head and
 * the notary's checkpoint.
 *
 * Cost: reads the whole log, a page at a time; no transaction is held between pages.
 */
export async function checkLogs(
  store: AuditStore,
  notary: Notary,
  onProgress: (done: number) => void = () => {},
): Promise<readonly LogCheck[]> {
  const checks: LogCheck[] = [];
  for (const log of LOG_NAMES) checks.push(await checkOne(store, notary, log, onProgress));
  return checks;
}

async function checkOne(
  store: AuditStore,
  notary: Notary,
  log: LogName,
  onProgress: (done: number) => void,
): Promise<LogCheck> {
  // The checkpoint first: the log only grows, so it must lie within what is read afterwards.
  const signed = await notary.last(log);
  const stored = await store.head(log);
  const faults: LogFault[] = [];
  let rebuilt: Head = { size: 0, frontier: [] };
  let [checked, pruned] = [0, 0];
  while (rebuilt.size < stored.size) {
    const limit = Math.min(PAGE, stored.size - rebuilt.size);
    const page = await store.entries(log, { from: rebuilt.size, limit });
    if (page.length < limit) {
      faults.push({ fault: "leaf-missing", index: rebuilt.size + page.length });
      break;
    }
    for (const entry of page) {
      if (entry.bytes === null) pruned += 1;
      else if (sameBytes(leafHash(entry.bytes), entry.hash) && agrees(entry.bytes, log))
        checked += 1;
      else faults.push({ fault: "entry-changed", index: entry.index });
      const next = appendLeaf(rebuilt, entry.hash);
      rebuilt = next.head;
      for (const { level, index, hash } of next.completed) {
        const tile = await store.hashes(log, level, index, 1);
        if (!sameBytes(tile, hash)) faults.push({ fault: "tile-wrong", index: rebuilt.size - 1 });
      }
      if (signed && rebuilt.size === signed.size && !sameBytes(rootOf(rebuilt), signed.root)) {
        faults.push({ fault: "checkpoint-wrong", index: signed.size });
      }
    }
    onProgress(page.length);
  }
  if (!sameBytes(rootOf(rebuilt), rootOf(stored))) {
    faults.push({ fault: "head-wrong", index: stored.size });
  }
  if (signed && stored.size < signed.size) {
    faults.push({ fault: "checkpoint-wrong", index: signed.size });
  }
  return { log, size: stored.size, checked, pruned, faults };
}

function agrees(bytes: Uint8Array, log: LogName): boolean {
  return readEntry(bytes).log === log;
}
