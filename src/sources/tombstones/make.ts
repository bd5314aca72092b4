import { openCase } from "#cases";
import { word, type Actor, type EpochMs } from "#kernel";
import { addDuration, parseDuration } from "#policy";

import { knownSources } from "../known.ts";
import { NO_NAME } from "../targets/rebuild.ts";
import { factsIn, type TargetsCase } from "../targets/targets-case.ts";
import type { SourcesWorld } from "../world.ts";
import { keyOf } from "./key.ts";
import { fingerprint, type TombstoneFile } from "./tombstone-case.ts";

/**
 * Remembers, for each target that has backups, whom they may bring back: a fingerprint of the
 * person's name, under a key of its own, until those backups have ended.
 *
 * Why it may be kept: the erasure has to hold until then, and this is the least that can make it.
 * After a crash a tombstone may be made twice; it finds the person twice, once in vain.
 */
export async function makeTombstones(
  world: SourcesWorld,
  { tenant, subject, file, facts }: TargetsCase,
  actor: Actor,
): Promise<void> {
  if (subject === null || file === null || file.externalId === NO_NAME) return;
  const backups = new Map(
    knownSources(world, tenant).map((known) => [known.name, known.backupsEnd]),
  );
  for (const { target, order } of factsIn({ facts }).targets) {
    const lasts = parseDuration(backups.get(target) ?? "");
    if (lasts === null) continue;
    const endsAt = (madeAt: EpochMs): EpochMs => addDuration(madeAt, lasts);
    const { id, key } = await keyOf(world, { tenant, target, actor, endsAt });
    const until = endsAt(world.clock.now());
    await openCase<TombstoneFile>(world, {
      kind: "targets",
      tenant,
      actor,
      subject,
      parent: id,
      state: word("tombstone"),
      dueAt: until,
      facts: { tombstone: target, until, order: order && { ...order } },
      file: { fingerprint: fingerprint(key, file.externalId) },
      entry: { t: "tombstone.made", facts: { target, until } },
    });
  }
}
