import { claimCases, closeCase, releaseCase } from "#cases";
import {
  DAY_MS,
  isOubliError,
  word,
  type Actor,
  type CaseId,
  type Json,
  type SubjectId,
} from "#kernel";

import { tombstoneIn } from "../tombstones/tombstone-case.ts";
import type { SourcesWorld } from "../world.ts";
import { abandonTargets } from "./open-targets.ts";
import { runTargets } from "./run-targets.ts";
import { factsIn, isErasure, type TargetsCase } from "./targets-case.ts";

const CLAIMED_AT_ONCE = 8;

/** The actor of what nobody asked for at the moment: a retry, an end. */
const SYSTEM: Actor = { kind: "system", id: word("oubli"), roles: [word("privacy-officer")] };

/** Cases that this process works on: its own lease would let it take them twice. */
const underWay = new WeakMap<object, Set<CaseId>>();

/**
 * Goes on with every erasure whose targets are due, and ends the tombstones whose time is over. A
 * lease, and each step's comparison, make sure that two processes do not fight over one.
 */
export async function resumeTargets(world: SourcesWorld): Promise<void> {
  for (;;) {
    const claimed = await claimCases<Json>(world, ["targets"], CLAIMED_AT_ONCE);
    const done = await Promise.allSettled(
      claimed.map((row) => exclusively(world, row.id, () => resumeOne(world, row as TargetsCase))),
    );
    for (const one of done) {
      if (one.status === "rejected" && !isOubliError(one.reason, "CONFLICT")) throw one.reason;
    }
    if (claimed.length < CLAIMED_AT_ONCE) return;
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

async function resumeOne(world: SourcesWorld, row: TargetsCase): Promise<void> {
  if (!isErasure(row)) return endTombstone(world, row);
  if (row.file === null) return endLost(world, row);
  const stage = await stageOf(world, row);
  if (stage === "executed" && !(await isHeld(world, row.subject!))) {
    await runTargets(world, row, SYSTEM);
    // It says itself when it is next due.
    await releaseCase(world, row.id);
  }
  if (stage === "never") await abandonTargets(world, row, { actor: SYSTEM });
}

/** How long an intent may stay out before the case is taken for one that never came to be. */
const PLANNED_MS = DAY_MS;

/** Nothing is asked of a target before nobody can open the person's memories any more. */
async function stageOf(
  { audit, clock }: SourcesWorld,
  row: TargetsCase,
): Promise<"never" | "waits" | "executed"> {
  const erasure = await audit.store.erasure(row.subject!, factsIn(row).erasure);
  if (erasure === null) return clock.now() - row.openedAt > PLANNED_MS ? "never" : "waits";
  if (erasure.stage === "aborted") return "never";
  return erasure.stage === "pending" ? "waits" : "executed";
}

/** A hold on the whole person keeps what others have of them, too. It goes on at its release. */
export async function isHeld({ audit }: SourcesWorld, subject: SubjectId): Promise<boolean> {
  const { holds } = await audit.store.facts(subject);
  return holds.some(
    ({ nodes, category, purpose }) => nodes === null && category === null && purpose === null,
  );
}

/** The file was destroyed, so all was done: the row came from an older copy of the database. */
async function endLost(world: SourcesWorld, row: TargetsCase): Promise<void> {
  await closeCase(world, row, {
    actor: SYSTEM,
    state: word("abandoned"),
    endsAt: world.clock.now(),
    entry: { t: "target.failed", facts: { error: word("file-gone") } },
  });
}

/** The target's backups have ended: nobody has to be looked for any more. */
async function endTombstone(world: SourcesWorld, row: TargetsCase): Promise<void> {
  const facts = tombstoneIn(row);
  await closeCase(world, row, {
    actor: SYSTEM,
    state: word("ended"),
    destroyFile: true,
    endsAt: world.clock.now(),
    entry: {
      t: "tombstone.made",
      facts: { ended: true, ...(facts === null ? {} : { target: facts.tombstone }) },
    },
  });
}
