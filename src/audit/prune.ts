import { OubliError, type Actor, type EpochMs, type Word } from "#kernel";

import type { AuditStore } from "./audit-store.ts";
import type { Entry } from "./entry.ts";
import { accessLogs, type AccessLog } from "./log-names.ts";
import type { AuditLog } from "./log.ts";
import { headAt, rootOf, TILE_WIDTH } from "./merkle.ts";

export interface Prune {
  /** Entries at or after this moment stay. */
  readonly before: EpochMs;
  /** The retention rule that asks for it. */
  readonly policy: Word;
  /** Who approves it. */
  readonly actor: Actor;
  readonly tenant: Word;
  readonly region: Word;
  /** Whether a legal hold lies on the access logs. */
  readonly held: boolean;
}

/** Bundles whose bytes go in one transaction: bounds how long the write lock is held. */
const BUNDLES_AT_ONCE = 16;

/**
 * Removes the bytes of access entries whose retention has ended. Their hashes stay, so that every
 * proof and certificate made before still verifies.
 *
 * Only whole bundles go, and only from the log's start, up to the first bundle that has a younger
 * entry. What goes is first written into the ledger and signed; a process that dies in between
 * has at most said that more went than did.
 *
 * @returns how many entries lost their bytes; 0 writes nothing.
 * @throws {OubliError} `HELD`; `AUDIT_UNAVAILABLE`.
 * @source GDPR Art. 5(1)(e) (storage limitation)
 */
export async function pruneAccessLogs(audit: AuditLog, prune: Prune): Promise<number> {
  if (prune.held) throw new OubliError("HELD");
  let removed = 0;
  for (const log of accessLogs(audit.store.logs)) removed += await pruneOne(audit, prune, log);
  return removed;
}

async function pruneOne(audit: AuditLog, prune: Prune, log: AccessLog): Promise<number> {
  const { store } = audit;
  const from = await firstKept(store, log);
  const to = await endOfOld(store, { log, from }, prune.before);
  if (to === from) return 0;

  await announce(audit, prune, { log, from, to });
  let removed = 0;
  for (let end = from; end < to;) {
    end = Math.min(to, end + BUNDLES_AT_ONCE * TILE_WIDTH);
    removed += await store.prune(log, end);
  }
  return removed;
}

/** Below which index of which log a prune's entry says that bytes went. */
export function prunedBy(entry: Entry): { readonly log: AccessLog; readonly to: number } {
  return { log: (entry["of"] as AccessLog | undefined) ?? "access", to: Number(entry["to"]) };
}

/** Writes the entry, and has it and the log signed, so that nobody can say later that nothing went. */
async function announce(
  audit: AuditLog,
  { policy, actor, tenant, region }: Prune,
  { log, from, to }: { readonly log: AccessLog; readonly from: number; readonly to: number },
): Promise<void> {
  const root = rootOf(await headAt((...at) => audit.store.hashes(log, ...at), to));
  // The first access log goes without its name, as it did when there was one.
  const of = log === "access" ? {} : { of: log as string as Word };
  const done = await audit.record({
    t: "prune",
    tenant,
    region,
    actor,
    subject: null,
    facts: { ...of, from, to, root: rootWord(root), policy, approver: actor.id },
  });
  if (done.status === "stale") throw new OubliError("AUDIT_UNAVAILABLE");
  await audit.checkpoints.covering(log, to);
  await audit.checkpoints.covering("ledger", done.index + 1);
}

function rootWord(root: Uint8Array): Word {
  return Buffer.from(root).toString("base64url") as string as Word;
}

/** The start of the first bundle that has its bytes: found by halving, as they go in order. */
async function firstKept(store: AuditStore, log: AccessLog): Promise<number> {
  const { size } = await store.head(log);
  let [low, high] = [0, Math.floor(size / TILE_WIDTH)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await store.entries(log, { from: middle * TILE_WIDTH, limit: 1 });
    if (entry?.bytes === null) low = middle + 1;
    else high = middle;
  }
  return low * TILE_WIDTH;
}

/** The end of the last bundle of a row, from `from` on, that holds old entries only. */
async function endOfOld(
  store: AuditStore,
  { log, from }: { readonly log: AccessLog; readonly from: number },
  before: EpochMs,
): Promise<number> {
  for (let end = from; ; end += TILE_WIDTH) {
    const bundle = await store.entries(log, { from: end, limit: TILE_WIDTH });
    if (bundle.length < TILE_WIDTH || bundle.some(({ ts }) => ts >= before)) return end;
  }
}
