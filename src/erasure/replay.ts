import { readEntry, type Entry } from "#audit";
import type { EpochMs, ErasureId, NodeId } from "#kernel";

import { REPLAY_FENCE_MS, type ErasureWorld } from "./world.ts";

const PAGE = 500;
const PURGE_BATCH = 2000;

/** What replaying the ledger did to a database that was behind it. */
export interface Replayed {
  readonly entries: number;
}

/**
 * Brings the key and memory databases up to the ledger, before anything is served: one that was
 * restored from a backup has the erased back, and loses it again here. Every step is idempotent,
 * so entries that were applied already do no harm.
 *
 * @source docs/ARCHITECTURE.md, "Restore"
 */
export async function replayLedger(world: ErasureWorld): Promise<Replayed> {
  const { keyring, store, audit } = world;
  const applied = Math.min(await keyring.appliedLedgerIndex(), await store.appliedLedgerIndex());
  const begun = new Map<unknown, Indexed[]>();
  let entries = 0;
  for (let from = applied + 1; ;) {
    const page = await audit.store.entries("ledger", { from, limit: PAGE });
    for (const { index, bytes } of page) {
      if (bytes) entries += await replay(world, begun, { entry: readEntry(bytes), index });
    }
    from += page.length;
    if (page.length < PAGE) break;
  }
  await noteApplied(world);
  return { entries };
}

interface Indexed {
  readonly entry: Entry;
  readonly index: number;
}

/**
 * Notes how far both databases are: up to the oldest act that is not finished. Notes may lag, and
 * never lead; a lag costs a longer replay.
 */
export async function noteApplied({ audit, keyring, store }: ErasureWorld): Promise<void> {
  const { size } = await audit.store.head("ledger");
  const oldest = await audit.store.oldestPending();
  const applied = Math.min(size, oldest ?? size) - 1;
  if (applied > (await keyring.appliedLedgerIndex())) await keyring.setAppliedLedgerIndex(applied);
  if (applied > (await store.appliedLedgerIndex())) await store.setAppliedLedgerIndex(applied);
}

/**
 * Replays an act once its `executed` is met. What counts is the ledger, which is signed: the row
 * of the act beside it could have been changed. An act without an `executed` is the redo's.
 */
async function replay(
  world: ErasureWorld,
  begun: Map<unknown, Indexed[]>,
  { entry, index }: Indexed,
): Promise<number> {
  const erasure = entry["erasure"];
  if (entry.t === "erase.intent" || entry.t === "correct.intent") {
    const intents = begun.get(erasure) ?? [];
    begun.set(erasure, intents);
    intents.push({ entry, index });
    return 0;
  }
  if (entry.t !== "erase.executed" && entry.t !== "correct.executed") return 0;
  const intents = begun.get(erasure) ?? [];
  begun.delete(erasure);
  for (const intent of intents) {
    if (intent.entry.t === "erase.intent") await replayErase(world, intent.entry, intent.index);
    else await replayCorrect(world, intent.entry, intent.index);
  }
  return intents.length;
}

/** The nodes and the subject were destroyed: whatever of them is here came from a backup. */
async function replayErase(world: ErasureWorld, entry: Entry, index: number): Promise<void> {
  const subject = entry.subject!;
  const order = { ledgerIndex: index, at: entry.ts };
  const nodes = entry["nodes"] as readonly { id: NodeId }[] | null;
  if (nodes !== null) {
    const ids = nodes.map(({ id }) => id);
    await world.keyring.shredNodes(
      subject,
      ids.map((node) => ({ node })),
      order,
    );
    await purge(world, entry, ids);
    return;
  }
  // One that is split over entries is replayed once, with all that its parts name as held.
  if (entry["part"] !== 0) return;
  const except = await heldOf(world, entry, index);
  await world.keyring.shredSubject(subject, { ...order, except });
  await world.store.fenceSubject(subject, entry["erasure"] as ErasureId);
  const batch = { except, limit: PURGE_BATCH, fenceUntil: fenceEnd(entry) };
  while (!(await world.store.purgeSubject(subject, batch)).done);
  while ((await world.keyring.purgeSubject(subject, PURGE_BATCH)) > 0);
  if (except.length === 0) await world.keyring.forgetDirectoryRow(subject);
}

/** The held nodes of a whole erasure: its entries lie one behind the other. */
async function heldOf(
  { audit }: ErasureWorld,
  entry: Entry,
  index: number,
): Promise<readonly NodeId[]> {
  const parts = Number(entry["parts"]);
  if (parts === 1) return entry["held"] as readonly NodeId[];
  const stored = await audit.store.entries("ledger", { from: index, limit: parts });
  return stored.flatMap(({ bytes }) =>
    bytes ? (readEntry(bytes)["held"] as readonly NodeId[]) : [],
  );
}

/** One revision was destroyed, and what was made from it. An older row of the node goes too. */
async function replayCorrect(world: ErasureWorld, entry: Entry, index: number): Promise<void> {
  const subject = entry.subject!;
  const [corrected, ...derived] = (
    entry["nodes"] as readonly { id: NodeId; revision: number }[]
  ).map(({ id, revision }) => ({ node: id, revision }));
  const refs = [corrected!, ...derived.map(({ node }) => ({ node }))];
  await world.keyring.shredNodes(subject, refs, { ledgerIndex: index, at: entry.ts });
  const [row] = await world.store.rows(subject, [corrected!.node]);
  const stale = row && row.revision <= corrected!.revision ? [corrected!.node] : [];
  await purge(world, entry, [...stale, ...derived.map(({ node }) => node)]);
}

async function purge(world: ErasureWorld, entry: Entry, nodes: readonly NodeId[]): Promise<void> {
  if (nodes.length === 0) return;
  await world.store.purgeNodes(entry.subject!, nodes, fenceEnd(entry));
}

function fenceEnd({ ts }: Entry): EpochMs {
  return (ts + REPLAY_FENCE_MS) as EpochMs;
}
