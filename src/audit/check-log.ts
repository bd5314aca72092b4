import { sameBytes } from "#kernel";
import { verifyCheckpoint } from "#verify";

import type { AuditStore, Head, PolicyState, StoredEntry } from "./audit-store.ts";
import { checkGates, type GateFault } from "./check-gates.ts";
import { checkReads } from "./check-reads.ts";
import { logOf, tryReadEntry, type Entry } from "./entry.ts";
import { isAccessLog, type LogName } from "./log-names.ts";
import { appendLeaf, leafHash, rootOf } from "./merkle.ts";
import type { Checkpoint, Notary } from "./notary.ts";
import { prunedBy } from "./prune.ts";

/** What a full check of one log found. */
export interface LogCheck {
  readonly log: LogName;
  readonly size: number;
  /** Entries whose bytes are still there and hash to their leaf. */
  readonly checked: number;
  readonly pruned: number;
  /** The first ones; see {@link FAULTS_MAX}. Empty: the log is whole. */
  readonly faults: readonly LogFault[];
}

export type LogFault =
  /** The bytes, or what the index says of them, are not those that were hashed. */
  | { readonly fault: "entry-changed"; readonly index: number }
  /** The bytes are gone, and no prune entry says so. */
  | { readonly fault: "bytes-missing"; readonly index: number }
  | { readonly fault: "leaf-missing"; readonly index: number }
  /** It belongs in another access log: somebody changed how many there are. */
  | { readonly fault: "entry-misplaced"; readonly index: number }
  /** A stored tile hash is not that of the 256 hashes below, of which `index` is the last leaf. */
  | { readonly fault: "tile-wrong"; readonly index: number }
  | { readonly fault: "head-wrong" | "checkpoint-wrong"; readonly index: number }
  /** A retrieval names a node that an erasure or a correction had planned before. */
  | { readonly fault: "read-after-erasure"; readonly index: number }
  /** The policy's number or digest is not what the last `config` entry, at `index`, made it. */
  | { readonly fault: "policy-changed"; readonly index: number }
  | GateFault;

/** Those of one log by itself, that need no more than a place in it. */
type OwnFault = Exclude<LogFault["fault"], GateFault["fault"]>;

/** Faults of one log that are listed; a log with more is beyond repair anyway. */
export const FAULTS_MAX = 1000;

const PAGE = 1024;

/**
 * The audit log's fsck: recomputes every hash from the bytes, compares leaves, tiles, head and the
 * notary's checkpoint, looks for retrievals of what was erased, and rebuilds what gates reads.
 *
 * Cost: reads the whole log, a page at a time; no transaction is held between pages.
 * Limits: a log that shrank only since the last signature looks whole; so does one to which
 * somebody appended by the rules: such an entry stays, and speaks against its author.
 *
 * @param onProgress Told after each page how many entries it had.
 */
export async function checkLogs(
  store: AuditStore,
  notary: Notary,
  onProgress: (done: number) => void = () => {},
): Promise<readonly LogCheck[]> {
  const prunedTo = new Map<LogName, number>();
  const policy = new PolicyStory();
  const policyBefore = await store.policy();
  const checks: LogCheck[] = [];
  // The ledger last: a prune entry is written before the bytes go, so it is then seen.
  for (const log of store.logs) {
    const check = await checkOne(store, notary, { log, onProgress }, (entry, index) => {
      if (entry.t === "prune") {
        const { log: pruned, to } = prunedBy(entry);
        prunedTo.set(pruned, Math.max(prunedTo.get(pruned) ?? 0, to));
      }
      if (entry.t === "config") policy.tell(entry, index);
    });
    checks.push(check);
  }
  const policyAfter = await store.policy();
  const told = policyBefore.seq !== policyAfter.seq || policy.tells(policyAfter);
  const rows: LogFault[] = told ? [] : [{ fault: "policy-changed", index: policy.index }];
  rows.push(...(await checkGates(store, FAULTS_MAX)));
  const reads = Map.groupBy(await checkReads(store, { faultsMax: FAULTS_MAX }), ({ log }) => log);
  return checks.map(({ log, size, checked, pruned, faults }) => {
    const allowed = prunedTo.get(log) ?? 0;
    const missing: LogFault[] =
      pruned > allowed ? [{ fault: "bytes-missing", index: allowed }] : [];
    const releases = isAccessLog(log)
      ? (reads.get(log) ?? []).map(({ fault, index }) => ({ fault, index }))
      : rows;
    const all = [...faults, ...missing, ...releases];
    return { log, size, checked, pruned, faults: all.slice(0, FAULTS_MAX) };
  });
}

/** The policy's number and digest, by the `config` entries. */
class PolicyStory {
  index = 0;
  #seq = 0;
  #digest: unknown = null;

  /** Two processes that bring the same new policy write it twice, and it counts once. */
  tell(entry: Entry, index: number): void {
    if (entry["digest"] === this.#digest) return;
    this.#seq += 1;
    this.#digest = entry["digest"];
    this.index = index;
  }

  tells({ seq, digest }: PolicyState): boolean {
    return seq === this.#seq && digest === this.#digest;
  }
}

async function checkOne(
  store: AuditStore,
  notary: Notary,
  { log, onProgress }: { readonly log: LogName; readonly onProgress: (done: number) => void },
  onEntry: (entry: Entry, index: number) => void,
): Promise<LogCheck> {
  // The checkpoint first: the log only grows, so it must lie within what is read afterwards.
  const signed = await notary.last(log);
  const stored = await store.head(log);
  const faults: LogFault[] = [];
  const fault = (kind: OwnFault, index: number): void => {
    if (faults.length < FAULTS_MAX) faults.push({ fault: kind, index } as LogFault);
  };
  if (signed && !(await isSigned(notary, log, signed, stored))) {
    fault("checkpoint-wrong", signed.size);
  }

  let rebuilt: Head = { size: 0, frontier: [] };
  let [checked, pruned] = [0, 0];
  for await (const entry of leaves(store, log, stored.size, onProgress)) {
    if (entry.bytes === null) {
      // Bytes go from the start of the log only, so a gap behind any that are left is no prune.
      if (entry.index === pruned) pruned += 1;
      else fault("bytes-missing", entry.index);
    } else {
      const read = intact(entry, log);
      if (read === null) fault("entry-changed", entry.index);
      else {
        checked += 1;
        onEntry(read, entry.index);
        const { t, subject } = read;
        if (logOf({ t, subject }, store.logs) !== log) fault("entry-misplaced", entry.index);
      }
    }
    const { head, completed } = appendLeaf(rebuilt, entry.hash);
    rebuilt = head;
    for (const { level, index, hash } of completed) {
      const tile = await store.hashes(log, level, index, 1);
      if (!sameBytes(tile, hash)) fault("tile-wrong", entry.index);
    }
    if (rebuilt.size === signed?.size && !sameBytes(rootOf(rebuilt), signed.root)) {
      fault("checkpoint-wrong", signed.size);
    }
  }
  if (rebuilt.size < stored.size) fault("leaf-missing", rebuilt.size);
  else if (!(await isWholeHead(store, log, rebuilt, stored))) fault("head-wrong", stored.size);
  return { log, size: stored.size, checked, pruned, faults };
}

/** The leaves below `size` in order, up to the first one that is missing. */
async function* leaves(
  store: AuditStore,
  log: LogName,
  size: number,
  onProgress: (done: number) => void,
): AsyncGenerator<StoredEntry> {
  for (let next = 0; next < size;) {
    const page = await store.entries(log, { from: next, limit: Math.min(PAGE, size - next) });
    for (const entry of page) {
      if (entry.index !== next) return;
      yield entry;
      next += 1;
    }
    if (page.length === 0) return;
    onProgress(page.length);
  }
}

/** The entry, if its bytes hash to its leaf and say what the index columns say; `null` if not. */
function intact({ bytes, hash, type, ts, subject }: StoredEntry, log: LogName): Entry | null {
  if (bytes === null || !sameBytes(leafHash(bytes), hash)) return null;
  const entry = tryReadEntry(bytes);
  if (entry === null || entry.log !== log) return null;
  return entry.t === type && entry.ts === ts && entry.subject === subject ? entry : null;
}

/** Whether the last checkpoint is the notary's own, and the log still that long. */
async function isSigned(
  notary: Notary,
  log: LogName,
  { note, size, root }: Checkpoint,
  stored: Head,
): Promise<boolean> {
  const result = await verifyCheckpoint(note, notary.verifierKey(log));
  if (!result.valid || stored.size < size) return false;
  return result.checkpoint.size === size && sameBytes(result.checkpoint.root, root);
}

/** Whether the stored head is that of the leaves, and no leaf lies beyond it. */
async function isWholeHead(
  store: AuditStore,
  log: LogName,
  rebuilt: Head,
  stored: Head,
): Promise<boolean> {
  if (!sameBytes(rootOf(rebuilt), rootOf(stored))) return false;
  const beyond = await store.entries(log, { from: stored.size, limit: 1 });
  // A leaf may have come meanwhile; then the head, read after it, has moved as well.
  return beyond.length === 0 || (await store.head(log)).size > stored.size;
}
