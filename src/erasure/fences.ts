import type { ErasureRow, FencePage, ReplayFence } from "#audit";
import { HOUR_MS, type EpochMs, type NodeId } from "#kernel";
import type { ErasableNode } from "#memory";

import { fenceEnd, type ErasureWorld } from "./world.ts";

/** Fences of one transaction: bounds how long the write lock is held. */
const FENCES_AT_ONCE = 2000;

/**
 * What nodes told may not be told again once they are erased: their source events, and the calls
 * that were answered with them. They go into the ledger's database with the intent, so that a
 * memory database which is restored from before the telling gets them back.
 *
 * A fence says nothing of whose it was: its tag is keyed, and its end is rounded up.
 */
export function fencesOf(nodes: readonly ErasableNode[], at: EpochMs): readonly ReplayFence[] {
  const end = fenceEnd(at);
  return nodes.flatMap(({ tags }) =>
    tags.map(({ tag, until }) => ({ tag, until: until === null ? end : toTheHour(until) })),
  );
}

function toTheHour(at: EpochMs): EpochMs {
  return (Math.ceil(at / HOUR_MS) * HOUR_MS) as EpochMs;
}

/**
 * Those of a whole person, before the first of their rows goes: what a crash leaves is fenced
 * again from the rows that are left, and the others are there already. Nothing can be added
 * meanwhile. Cost: a commit for each 2,000 events, none for who has none.
 */
export async function fenceAll(
  { audit, store }: Pick<ErasureWorld, "audit" | "store">,
  { subject, startedAt }: Pick<ErasureRow, "subject" | "startedAt">,
  except: readonly NodeId[],
): Promise<void> {
  const until = fenceEnd(startedAt);
  for (let after: Uint8Array | null = null; ;) {
    const page = { except, after, limit: FENCES_AT_ONCE };
    const tags: readonly Uint8Array[] = await store.replayTags(subject, page);
    if (tags.length > 0) await audit.store.fenceReplays(tags.map((tag) => ({ tag, until })));
    if (tags.length < FENCES_AT_ONCE) return;
    after = tags.at(-1)!;
  }
}

/** Repeated calls are refused for a day at most, to the hour. */
const SHORT_MS = 26 * HOUR_MS;

/**
 * Puts back into a memory database what it may have lost: the fences of acts that were intended
 * at or after `since`, and all of repeated calls. A few more do no harm: they are in force.
 */
export async function restoreFences(world: ErasureWorld, since: EpochMs): Promise<void> {
  const now = world.clock.now();
  await copyFences(world, { from: now, to: (now + SHORT_MS) as EpochMs });
  // An act is planned a moment before its intent is written: on the day before, at midnight.
  await copyFences(world, { from: fenceEnd((since - 24 * HOUR_MS) as EpochMs), to: null });
}

async function copyFences(
  { audit, store }: ErasureWorld,
  span: Pick<FencePage, "from" | "to">,
): Promise<void> {
  for (let after: ReplayFence | null = null; ;) {
    const page = { ...span, after, limit: FENCES_AT_ONCE };
    const fences: readonly ReplayFence[] = await audit.store.replayFences(page);
    if (fences.length > 0) await store.fenceReplays(fences);
    if (fences.length < FENCES_AT_ONCE) return;
    after = fences.at(-1)!;
  }
}
