import type { Actor } from "#kernel";

import type { CaseEntry } from "./case.ts";
import type { CaseRow } from "./case-store.ts";
import type { CaseWorld } from "./world.ts";

/** Writes a step down, durably, before it is taken. */
export async function recordStep(
  { audit, region }: CaseWorld,
  { id, tenant, subject, step }: CaseRow,
  actor: Actor,
  { t, facts }: CaseEntry,
): Promise<void> {
  await audit.record({
    ...{ t, tenant, region, actor, subject },
    facts: { ...facts, case: id, step },
  });
}
