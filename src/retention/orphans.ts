import { apart, type ErasureWorld } from "#erasure";
import { DAY_MS, type EpochMs, type SubjectId } from "#kernel";
import { everySubject, keyName } from "#keys";
import { NODE_KINDS } from "#memory";

/**
 * A write is over, or dead, after a day: its key may go if it never got a row. Most are over in
 * milliseconds; the rest is room for the clocks of processes, which may be hours apart.
 */
const ORPHAN_AGE_MS = DAY_MS;

/** A crash between a key and its row leaves the key. It opens nothing, and goes. */
export async function sweepOrphans(world: ErasureWorld, failed: Set<SubjectId>): Promise<number> {
  const before = (world.clock.now() - ORPHAN_AGE_MS) as EpochMs;
  let orphans = 0;
  for await (const subject of everySubject(world)) {
    await apart(failed, subject, async () => {
      orphans += await dropOrphans(world, subject, before);
    });
  }
  return orphans;
}

async function dropOrphans(
  { keyring, store }: ErasureWorld,
  subject: SubjectId,
  before: EpochMs,
): Promise<number> {
  const keys = await keyring.liveRefs(subject, before);
  if (keys.length === 0) return 0;
  const { heads } = await store.heads(subject, NODE_KINDS);
  const rows = new Set(heads.map(keyName));
  const lost = keys.filter((ref) => !rows.has(keyName(ref)));
  if (lost.length > 0) await keyring.dropNodeKeys(subject, lost);
  return lost.length;
}
