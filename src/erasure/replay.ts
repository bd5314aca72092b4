import { entriesBackwards, readEntry, storedEntries, type AuditStore, type Entry } from "#audit";
import { SYSTEM_ACTOR, word, type EpochMs, type ErasureId, type NodeId } from "#kernel";
import { openTargets } from "#sources";

import { restoreFences } from "./fences.ts";
import { PURGE_BATCH } from "./shredded.ts";
import { fenceEnd, type ErasureWorld } from "./world.ts";

const TRANSFER = word("transfer");

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
  let since = Infinity;
  let entries = 0;
  for await (const { index, bytes } of storedEntries(audit.store, "ledger", {
    from: applied + 1,
  })) {
    if (!bytes) continue;
    const entry = readEntry(bytes);
    if (NARROWING.has(entry.t)) since = Math.min(since, entry.ts);
    entries += await replay(world, begun, { entry, index });
  }
  // Also of acts that are not done: what they destroy may have been told after the backup.
  if (since < Infinity) await restoreFences(world, since as EpochMs);
  await noteApplied(world);
  return { entries };
}

const NARROWING: ReadonlySet<string> = new Set(["erase.intent", "correct.intent"]);

/**
 * The index of the newest entry of the ledger that takes something away, or -1. A database that has
 * not noted a later one misses nothing.
 */
export async function lastNarrowing(
  store: Pick<AuditStore, "entries" | "head">,
  { before = Infinity }: { readonly before?: number } = {},
): Promise<number> {
  for await (const { type, ts, index } of entriesBackwards(store, "ledger")) {
    if (NARROWING.has(type) && ts < before) return index;
  }
  return -1;
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
  if (NARROWING.has(entry.t)) {
    const intents = begun.get(erasure) ?? [];
    begun.set(erasure, intents);
    intents.push({ entry, index });
    return 0;
  }
  if (entry.t !== "erase.executed" && entry.t !== "correct.executed") return 0;
  const intents = begun.get(erasure) ?? [];
  begun.delete(erasure);
  const whole = intents.filter(isWhole);
  if (whole.length > 0) await replayWhole(world, whole);
  for (const { entry: intent, index: at } of intents) {
    if (intent.t === "correct.intent") await replayCorrect(world, intent, at);
    else if (intent["nodes"] !== null) await replayForget(world, intent, at);
  }
  return intents.length;
}

const isWhole = ({ entry }: Indexed): boolean =>
  entry.t === "erase.intent" && entry["nodes"] === null;

/** The nodes were destroyed: whatever of them is here came from a backup. */
async function replayForget(world: ErasureWorld, entry: Entry, index: number): Promise<void> {
  const nodes = (entry["nodes"] as readonly { id: NodeId }[]).map(({ id }) => id);
  const refs = nodes.map((node) => ({ node }));
  await world.keyring.shredNodes(entry.subject!, refs, { ledgerIndex: index, at: entry.ts });
  await purge(world, entry, nodes);
}

/**
 * The subject was destroyed, except what a hold kept: all that its intent names in its parts, and
 * those that came behind it. Without the first of them the act was done before the backup: then
 * not all that it spared is known here, and nothing is left to do.
 */
async function replayWhole(world: ErasureWorld, intents: readonly Indexed[]): Promise<void> {
  const first = intents.find(({ entry }) => entry["extends"] === undefined);
  if (!first) return;
  const { entry, index } = first;
  const subject = entry.subject!;
  const except = intents.flatMap((intent) => intent.entry["held"] as readonly NodeId[]);
  await world.keyring.shredSubject(subject, { ledgerIndex: index, at: entry.ts, except });
  await world.store.fenceSubject(subject, entry["erasure"] as ErasureId);
  const batch = { except, limit: PURGE_BATCH, fenceUntil: fenceEnd(entry.ts) };
  while (!(await world.store.purgeSubject(subject, batch)).done);
  while ((await world.keyring.purgeSubject(subject, PURGE_BATCH)) > 0);
  if (except.length > 0) return;
  await eraseElsewhereAgain(world, entry);
  await world.keyring.forgetDirectoryRow(subject);
}

/**
 * Where the directory came from a backup, so may the case that other systems were waiting under: it
 * is opened again. One that was done already is done again, and finds nothing.
 */
async function eraseElsewhereAgain(world: ErasureWorld, entry: Entry): Promise<void> {
  const { subject, tenant } = entry;
  // Who left for another region is there, and in those systems still.
  if (subject === null || entry["reason"] === TRANSFER) return;
  const erasure = entry["erasure"] as ErasureId;
  const order = { identifiers: {}, anonymise: [], dueAt: world.clock.now() };
  await openTargets(world, { tenant, actor: SYSTEM_ACTOR, subject, erasure, ...order });
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
  await world.store.purgeNodes(entry.subject!, nodes, fenceEnd(entry.ts));
}
