import type { ErasureRow } from "#audit";
import { OubliError, type EpochMs, type NodeId, type Word } from "#kernel";
import { draft, type Caller, type Removed } from "#memory";

import { heldNodes } from "./holds.ts";
import { deferHeld } from "./plan.ts";
import { madeFromOld, takeStragglers } from "./stragglers.ts";
import {
  addRemoved,
  isClean,
  LIMITATIONS,
  NOTHING_REMOVED,
  tableSurfaces,
  type Surface,
} from "./surfaces.ts";
import { leaseOf, REPLAY_FENCE_MS, type ErasureWorld } from "./world.ts";

/** Rows that one transaction removes: bounds how long the write lock is held. */
const PURGE_BATCH = 2000;

/** What was done, with the ledger index of the `executed` entry. */
export interface Executed {
  readonly executedIndex: number;
  readonly surfaces: readonly Surface[];
  readonly epoch: number;
}

/**
 * Does what an intent said. Every step may be done again, so a redo after a crash simply starts
 * from the top.
 *
 * Why the order is safe: keys go first, so from that commit on nothing can be opened, whatever
 * fails later. Rows go second; while they last they are noise. `executed` is written last, and the
 * job row stays until it is, so nothing half-done is ever called done.
 *
 * @throws {OubliError} `CONFLICT` when the probe still finds something: the job stays, and is
 *   tried again. Retryable.
 */
export async function carryOut(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<Executed> {
  const done =
    job.nodes === null ? await shredSubject(world, job) : await shredNodes(world, caller, job);
  const keyLog = await (done.keyLog ?? world.keyring.scrub());
  const surfaces = [
    ...done.surfaces,
    ...(await probe(world, { ...job, held: [...job.held, ...done.held] }, done)),
  ].concat([
    { surface: "key-log", result: keyLog, removed: 0, found: null },
    { surface: "working-set", result: "invalidated", removed: 0, found: null },
    { surface: "backups", result: "deferred", removed: 0, found: null },
  ]);
  if (!isClean(surfaces)) throw new OubliError("CONFLICT", { erasure: job.id });

  const { subject, id, kind, reason, held, intentIndex, startedAt } = job;
  const entry = draft(
    world,
    { caller, session: null },
    kind === "correct" ? "correct.executed" : "erase.executed",
    {
      erasure: id,
      kind: kind as Word,
      reason,
      stage: "executed" as Word,
      intent: intentIndex,
      startedAt,
      scope: {
        nodes: done.nodes,
        held: held.length + done.held.length,
        subject: job.nodes === null,
      },
      // All of them are named by the intent's further entries.
      stragglers: done.stragglers.slice(0, NAMED_MAX),
      surfaces: surfaces as never,
      epoch: done.epoch,
      limitations: LIMITATIONS as readonly string[] as readonly Word[],
    },
  );
  const effect = { kind: "erasure.executed", subject, id, epoch: done.epoch } as const;
  const scope = job.nodes === null ? "subject" : "nodes";
  const deferred = deferHeld(world, caller, { reason, held: done.held }, scope);
  const recorded = await world.audit.record(entry, { effects: [effect, ...deferred] });
  if (recorded.status === "stale") throw new OubliError("CONFLICT", { erasure: id });
  return { executedIndex: recorded.index, surfaces, epoch: done.epoch };
}

/** Ids in one entry: an entry has 65,535 bytes, and an id takes about 30. */
const NAMED_MAX = 1000;

interface Shredded {
  readonly epoch: number;
  /** Keys destroyed. */
  readonly keys: number;
  /** Nodes destroyed; for a whole subject, as many as had rows. */
  readonly nodes: number;
  readonly stragglers: readonly NodeId[];
  /** Stragglers that a hold keeps: they wait for its release. */
  readonly held: readonly NodeId[];
  readonly removed: Removed;
  readonly surfaces: readonly Surface[];
  readonly keyLog: Promise<"removed" | "deferred"> | null;
}

/** Runs beside what follows; its failure is met where it is awaited, or not at all. */
function beside<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

async function shredNodes(world: ErasureWorld, caller: Caller, job: ErasureRow): Promise<Shredded> {
  const { subject, intentIndex } = job;
  const order = { ledgerIndex: intentIndex, at: job.startedAt };
  const refs = job.nodes!.map((ref, at) =>
    // A correction destroys one revision of its node, and all of whatever was made from that.
    job.kind === "correct" && at === 0 ? ref : { node: ref.node },
  );
  let { epoch } = await world.keyring.shredNodes(subject, refs, order);
  let keyLog = beside(world.keyring.scrub());
  const gone = (job.kind === "correct" ? job.nodes!.slice(1) : job.nodes!).map(({ node }) => node);
  // A corrected node stays, but not the text that was given out of it.
  const changed = job.nodes!.map(({ node }) => node);
  world.workingSets.dropNodes(subject, changed);
  world.onErased(subject, changed);

  let removed = NOTHING_REMOVED;
  const [stragglers, heldLate] = [new Set<NodeId>(), new Set<NodeId>()];
  async function takeLate(nodes: readonly NodeId[]): Promise<readonly NodeId[]> {
    const { free, held } = await takeStragglers(world, caller, job, nodes);
    for (const node of held) heldLate.add(node);
    if (free.length === 0) return free;
    const wholes = free.map((node) => ({ node }));
    epoch = Math.max(epoch, (await world.keyring.shredNodes(subject, wholes, order)).epoch);
    keyLog = beside(world.keyring.scrub());
    for (const node of free) stragglers.add(node);
    return free;
  }

  const old = job.kind === "correct" ? await madeFromOld(world, job) : [];
  let next = [...gone, ...(await takeLate(old))];
  while (next.length > 0) {
    const [batch, rest] = [next.slice(0, PURGE_BATCH), next.slice(PURGE_BATCH)];
    const purged = await world.store.purgeNodes(subject, batch, fenceEnd(job));
    removed = addRemoved(removed, purged.removed);
    // Made from a planned node by a call that was under way when the plan was read. Its source's
    // row is gone now, so no more can come.
    const late = purged.stragglers.map(({ node }) => node).filter((node) => !rest.includes(node));
    next = [...rest, ...(await takeLate(late))];
    if (next.length > 0) await keepLease(world, job);
  }
  return {
    epoch,
    keys: refs.length + stragglers.size,
    nodes: refs.length + stragglers.size,
    stragglers: [...stragglers],
    held: [...heldLate],
    removed,
    surfaces: [],
    keyLog,
  };
}

/**
 * What holds keep from the erasure of a person. A write that was under way when the plan was made
 * may have become visible since: nothing can after the fence, so a look behind it sees all.
 */
async function heldByNow(
  { facts, store }: ErasureWorld,
  { subject, id, held }: ErasureRow,
): Promise<readonly NodeId[]> {
  const { holds } = (await facts.read(subject)).facts;
  if (holds.length === 0) return held;
  await store.fenceSubject(subject, id);
  return [...new Set([...held, ...(await heldNodes({ store }, subject, holds))])];
}

async function shredSubject(world: ErasureWorld, job: ErasureRow): Promise<Shredded> {
  const { subject, id, intentIndex, startedAt } = job;
  const held = await heldByNow(world, job);
  const order = { ledgerIndex: intentIndex, at: startedAt, except: held };
  let { epoch } = await world.keyring.shredSubject(subject, order);
  world.workingSets.drop(subject);
  world.onErased(subject, null);

  await world.store.fenceSubject(subject, id);
  let removed = NOTHING_REMOVED;
  for (let done = false; !done;) {
    const batch = { except: held, limit: PURGE_BATCH, fenceUntil: fenceEnd(job) };
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

  const planned = new Set(job.held);
  const late = held.filter((node) => !planned.has(node));
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
    stragglers: [],
    held: late,
    removed,
    surfaces,
    keyLog: null,
  };
}

/** Looks for what should be gone, by other ways than those that removed it. */
async function probe(
  { store, keyring }: ErasureWorld,
  { subject, kind, nodes, held }: ErasureRow,
  { keys, removed, stragglers }: Shredded,
): Promise<readonly Surface[]> {
  if (nodes === null) {
    const kept = new Set(held);
    const residue = await store.residue(subject, { except: held });
    const alive = await keyring.liveRefs(subject);
    const left = alive.filter(({ node }) => !kept.has(node)).length;
    return [keySurface(keys, left), ...tableSurfaces(removed, residue)];
  }
  const left = (await keyring.nodeKeys(subject, nodes)).size;
  const planned = (kind === "correct" ? nodes.slice(1) : nodes).map(({ node }) => node);
  const residue = await store.residue(subject, { nodes: [...planned, ...stragglers] });
  return [keySurface(keys, left), ...tableSurfaces(removed, residue)];
}

function keySurface(removed: number, found: number): Surface {
  return { surface: "keys", result: "removed", removed, found };
}

async function keepLease(world: ErasureWorld, { subject, id }: ErasureRow): Promise<void> {
  await world.audit.store.renewLease(subject, id, leaseOf(world));
}

function fenceEnd({ startedAt }: ErasureRow): EpochMs {
  return (startedAt + REPLAY_FENCE_MS) as EpochMs;
}
