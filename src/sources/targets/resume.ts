import { claimCases, closeCase, loadCase, releaseCase, type Case } from "#cases";
import { isOubliError, SYSTEM_ACTOR, word, type CaseId, type Json, type Word } from "#kernel";

import { tombstoneIn } from "../tombstones/tombstone-case.ts";
import type { SourcesWorld } from "../world.ts";
import { abandonTargets } from "./open-targets.ts";
import { runTargets } from "./run-targets.ts";
import { isHeld, stageOf } from "./stage.ts";
import { isErasure, type TargetsCase, type TargetsFile } from "./targets-case.ts";

const CLAIMED_AT_ONCE = 8;

/** Cases that this process works on: its own lease would let it take them twice. */
const underWay = new WeakMap<object, Set<CaseId>>();

/**
 * Goes on with every erasure whose targets are due, and ends the tombstones whose time is over. A
 * lease, and each step's comparison, make sure that two processes do not fight over one; what this
 * one can do nothing for is left to another at once. None keeps the others from their turn.
 */
export async function resumeTargets(world: SourcesWorld): Promise<void> {
  const waiting: CaseId[] = [];
  const resume = async (row: Case<Json>): Promise<void> => {
    const went = await exclusively(world, row.id, () => resumeOne(world, row as TargetsCase));
    if (went === false) waiting.push(row.id);
  };
  try {
    for (;;) {
      const claimed = await claimCases<Json>(world, ["targets"], CLAIMED_AT_ONCE);
      if (claimed.length === 0) return;
      // Whatever one fails with is its own: it stays open, and comes again when its lease is over.
      await Promise.allSettled(claimed.map(resume));
    }
  } finally {
    for (const id of waiting) await releaseCase(world, id);
  }
}

/**
 * Asks the pending targets of one erasure before their time.
 *
 * @throws {OubliError} `NOT_FOUND`
 */
export async function resumeNow(
  world: SourcesWorld,
  which: { readonly tenant: Word; readonly id: CaseId },
): Promise<void> {
  const row = await loadCase<TargetsFile>(world, { ...which, kind: "targets" });
  if (row.closedAt !== null || !isErasure(row)) return;
  try {
    await exclusively(world, row.id, () => resumeOne(world, row, true));
  } catch (error) {
    // Another process was faster: it has asked.
    if (!isOubliError(error, "CONFLICT")) throw error;
  }
}

/** As {@link runTargets}, unless this process runs them already. */
export async function exclusively<Done>(
  world: SourcesWorld,
  id: CaseId,
  run: () => Promise<Done>,
): Promise<Done | null> {
  const ids = underWay.get(world.cases) ?? new Set();
  underWay.set(world.cases, ids);
  if (ids.has(id)) return null;
  ids.add(id);
  try {
    return await run();
  } finally {
    ids.delete(id);
  }
}

/** @returns whether there was something to do. */
async function resumeOne(world: SourcesWorld, row: TargetsCase, early = false): Promise<boolean> {
  if (!isErasure(row)) await endTombstone(world, row);
  else if (row.file === null) await endLost(world, row);
  else {
    const stage = await stageOf(world, row);
    if (stage === "waits" || (await isHeld(world, row.subject!))) return false;
    if (stage === "never") await abandonTargets(world, row, { actor: SYSTEM_ACTOR });
    else return runAgain(world, row, early);
  }
  return true;
}

async function runAgain(world: SourcesWorld, row: TargetsCase, early: boolean): Promise<boolean> {
  const { step } = await runTargets(world, row, { actor: SYSTEM_ACTOR, early, later: true });
  // It says itself when it is next due.
  if (step > row.step) await releaseCase(world, row.id);
  return step > row.step;
}

/** The file was destroyed, so all was done: the row came from an older copy of the database. */
async function endLost(world: SourcesWorld, row: TargetsCase): Promise<void> {
  await closeCase(world, row, {
    actor: SYSTEM_ACTOR,
    state: word("abandoned"),
    endsAt: world.clock.now(),
    entry: { t: "target.failed", facts: { error: word("file-gone") } },
  });
}

/** The target's backups have ended: nobody has to be looked for any more. */
async function endTombstone(world: SourcesWorld, row: TargetsCase): Promise<void> {
  const facts = tombstoneIn(row);
  await closeCase(world, row, {
    actor: SYSTEM_ACTOR,
    state: word("ended"),
    destroyFile: true,
    endsAt: world.clock.now(),
    entry: {
      t: "tombstone.made",
      facts: { ended: true, ...(facts === null ? {} : { target: facts.tombstone }) },
    },
  });
}
