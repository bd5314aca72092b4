import { OubliError, type Actor, type EpochMs, type Word } from "#kernel";

import type { AuditStore } from "./audit-store.ts";
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
  /** Whether a legal hold lies on the access log. */
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
export async function pruneAccessLog(log: AuditLog, prune: Prune): Promise<number> {
  if (prune.held) throw new OubliError("HELD");
  const { store } = log;
  const from = await firstKept(store);
  const to = await endOfOld(store, from, prune.before);
  if (to === from) return 0;

  await announce(log, prune, { from, to });
  let removed = 0;
  for (let end = from; end < to;) {
    end = Math.min(to, end + BUNDLES_AT_ONCE * TILE_WIDTH);
    removed += await store.prune("access", end);
  }
  return removed;
}

/** Writes the entry and has both logs signed, so that nobody can say later that nothing went. */
async function announce(
  log: AuditLog,
  { policy, actor, tenant, region }: Prune,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const root = rootOf(await headAt((...at) => log.store.hashes("access", ...at), to));
  const done = await log.record({
    t: "prune",
    tenant,
    region,
    actor,
    subject: null,
    facts: { from, to, root: rootWord(root), policy, approver: actor.id },
  });
  if (done.status === "stale") throw new OubliError("AUDIT_UNAVAILABLE");
  await log.checkpoints.covering("access", to);
  await log.checkpoints.covering("ledger", done.index + 1);
}

function rootWord(root: Uint8Array): Word {
  return Buffer.from(root).toString("base64url") as string as Word;
}

/** The start of the first bundle that has its bytes: found by halving, as they go in order. */
async function firstKept(store: AuditStore): Promise<number> {
  const { size } = await store.head("access");
  let [low, high] = [0, Math.floor(size / TILE_WIDTH)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await store.entries("access", { from: middle * TILE_WIDTH, limit: 1 });
    if (entry?.bytes === null) low = middle + 1;
    else high = middle;
  }
  return low * TILE_WIDTH;
}

/** The end of the last bundle of a row, from `from` on, that holds old entries only. */
async function endOfOld(store: AuditStore, from: number, before: EpochMs): Promise<number> {
  for (let end = from; ; end += TILE_WIDTH) {
    const bundle = await store.entries("access", { from: end, limit: TILE_WIDTH });
    if (bundle.length < TILE_WIDTH || bundle.some(({ ts }) => ts >= before)) return end;
  }
}
