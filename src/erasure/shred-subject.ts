import type { ErasureRow } from "#audit";
import { OubliError } from "#kernel";
import { addRemoved, NOTHING_REMOVED, type Caller } from "#memory";

import { fenceAll } from "./fences.ts";
import { heldNodes } from "./holds.ts";
import { extendIntent } from "./intent.ts";
import { keptBy } from "./kept-by.ts";
import { deferHeld } from "./plan.ts";
import { keepLease, PURGE_BATCH, type Shredded } from "./shredded.ts";
import { TRIES_MAX } from "./stragglers.ts";
import type { Surface } from "./surfaces.ts";
import { fenceEnd, type ErasureWorld } from "./world.ts";

/**
 * Spares what a hold keeps and the plan does not name: a write that was under way when the plan
 * was made may have become visible since. Nothing can after the fence, so a look behind it sees
 * all.
 *
 * They are named in the ledger before anything is destroyed. So a restore, which replays the
 * ledger, spares them too, and so does a redo after a crash, whatever was released meanwhile.
 */
export async function spareHeld(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<ErasureRow> {
  const { subject, id, reason } = job;
  const planned = new Set(job.held);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { facts } = await world.facts.read(subject);
    if (facts.holds.length === 0) return job;
    await world.store.fenceSubject(subject, id);
    const kept = await heldNodes(world, subject, facts.holds);
    const late = kept.filter(({ node }) => !planned.has(node));
    if (late.length === 0) return job;
    const held = late.map(({ node }) => node);
    // Where the plan held something, the person waits in the queue already.
    const deferred = planned.size > 0 ? [] : deferHeld(world, caller, { reason, held }, "subject");
    const spared = { nodes: [], fences: [], held, keptBy: keptBy(facts.holds, late), facts };
    const written = await extendIntent(world, caller, job, spared, deferred);
    if (written === "written") return { ...job, held: [...job.held, ...held] };
  }
  throw new OubliError("CONFLICT", { erasure: id });
}

/** Destroys all that a person has, except what is held. */
export async function shredSubject(world: ErasureWorld, job: ErasureRow): Promise<Shredded> {
  const { subject, id, intentIndex, startedAt, held } = job;
  const order = { ledgerIndex: intentIndex, at: startedAt, except: held };
  let { epoch } = await world.keyring.shredSubject(subject, order);
  world.workingSets.drop(subject);
  world.onErased(subject, null);

  await world.store.fenceSubject(subject, id);
  await fenceAll(world, job, held);
  let removed = NOTHING_REMOVED;
  for (let done = false; !done;) {
    const batch = { except: held, limit: PURGE_BATCH, fenceUntil: fenceEnd(startedAt) };
    const purged = await world.store.purgeSubject(subject, batch);
    removed = addRemoved(removed, purged.removed);
    done = purged.done;
    if (!done) await keepLease(world, job);
  }
  let keys = held.length === 0 ? 1 : removed.nodes;
  for (let purged = 1; purged > 0;) {
    purged = await world.keyring.purgeSubject(subject, PURGE_BATCH);
    keys += purged;
    if (purged > 0) await keepLease(world, job);
  }

  const surfaces: Surface[] = [];
  // Held memories stay a person's: whoever looks after the hold must still find them by name.
  if (held.length === 0) {
    const forgotten = await world.keyring.forgetDirectoryRow(subject);
    epoch = Math.max(epoch, forgotten.epoch);
    const left = (await world.keyring.externalIdOf(subject)) === null ? 0 : 1;
    surfaces.push({ surface: "directory", result: "removed", removed: 1, found: left });
  }
  return {
    epoch,
    keys,
    nodes: removed.nodes,
    removed,
    surfaces,
    stragglers: [],
    held: [],
    keptBy: [],
    keyLog: null,
  };
}
