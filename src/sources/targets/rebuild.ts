import { allCases, type Rebuild } from "#cases";
import type { ErasureId, Word } from "#kernel";

import type { SourcesWorld } from "../world.ts";
import { asFacts, factsIn, isErasure, unasked } from "./targets-case.ts";

/** By this name nobody is asked for: the person's went with the directory's row. */
export const NO_NAME = "";

/**
 * An erasure in other systems that was begun behind the backup, and that no entry calls settled, where
 * the replay could not begin it anew: how they know the person went with the directory's row. So none
 * of them is asked: each waits for the officer's word, and it is not taken for complete without it.
 */
export function rebuildTargets(world: Pick<SourcesWorld, "cases">): Rebuild {
  return async (opening, { isOver }) => {
    const { tenant, subject } = opening;
    const { erasure, targets } = opening as unknown as {
      readonly erasure: ErasureId;
      readonly targets: readonly Word[];
    };
    if (isOver || subject === null) return null;
    for await (const row of allCases(world, { tenant, kind: "targets", subject })) {
      if (isErasure(row) && factsIn(row).erasure === erasure) return null;
    }
    return {
      parent: null,
      dueAt: opening.ts,
      facts: asFacts({ erasure, targets: targets.map((target) => unasked(target, "primary")) }),
      file: { externalId: NO_NAME, identifiers: {} },
    };
  };
}
