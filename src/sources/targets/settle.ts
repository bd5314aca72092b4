import { closeCase } from "#cases";
import { DAY_MS, later, word, type Actor, type Word } from "#kernel";
import { rulesOf } from "#policy";

import { makeTombstones } from "../tombstones/make.ts";
import type { SourcesWorld } from "../world.ts";
import { asFacts, factsIn, type TargetsCase, type TargetState } from "./targets-case.ts";

/**
 * Ends an erasure that every target has confirmed: says so in the ledger, and destroys what was kept
 * to find the person. Tombstones are made first, while their name can still be read.
 */
export async function settle(
  world: SourcesWorld,
  row: TargetsCase,
  actor: Actor,
): Promise<TargetsCase> {
  await makeTombstones(world, row, actor);
  const facts = factsIn(row);
  const years = rulesOf(world.policy).auditRetentionYears.value ?? YEARS;
  return closeCase(world, row, {
    actor,
    state: word("settled"),
    destroyFile: true,
    endsAt: later(world.clock.now(), years * 366 * DAY_MS),
    facts: (settled) => asFacts({ ...facts, settled }),
    entry: {
      t: "targets.settled",
      facts: {
        erasure: facts.erasure,
        stage: word("settled"),
        targets: facts.targets.map(statement),
        limitations: LIMITATIONS,
      },
    },
  });
}

const YEARS = 6;

/** What a settled erasure's certificate cannot speak for. */
const LIMITATIONS = [word("backups-of-other-systems"), word("systems-not-declared")];

/** What the certificate says of one target. */
function statement({ target, records, verified, manual, kept }: TargetState) {
  return {
    target,
    success: true,
    recordsDeleted: records,
    verified,
    manual,
    kept: kept
      .filter(({ strategy }) => strategy !== "delete")
      .map((one) => ({ ...one, strategy: one.strategy as string as Word })),
  };
}
