import type { Word } from "#kernel";

import type { ErasureWorld } from "./world.ts";

/** Named in one entry, which has 65,535 bytes; the others are counted. */
const NAMED_MAX = 50;

/**
 * The backups that may still exist, as a certificate tells them: how many, when the last one ends,
 * and which end last. Asked for after the keys are gone: one that comes later has none of them.
 *
 * Limits: a copy that somebody made past Oubli is not known.
 */
export async function outstandingFacts({ audit, clock }: Pick<ErasureWorld, "audit" | "clock">) {
  const { count, until, rows } = await audit.store.outstandingBackups(clock.now(), NAMED_MAX);
  const named = rows.map(({ id, scope, madeAt, endsAt }) => {
    return { backup: id, scope: scope as Word, madeAt, endsAt };
  });
  return { count, until, named };
}
