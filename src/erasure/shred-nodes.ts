import type { ErasureRow } from "#audit";
import type { NodeId } from "#kernel";
import { addRemoved, NOTHING_REMOVED, type Caller } from "#memory";

import type { KeptBy } from "./kept-by.ts";
import { keepLease, PURGE_BATCH, type Shredded } from "./shredded.ts";
import { madeFromOld, takeStragglers } from "./stragglers.ts";
import { fenceEnd, type ErasureWorld } from "./world.ts";

/** Runs beside what follows; its failure is met where it is awaited, or not at all. */
function beside<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** Destroys the nodes of a plan, and what was made from them behind it. */
export async function shredNodes(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<Shredded> {
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
  const keptBy: KeptBy[] = [];
  async function takeLate(nodes: readonly NodeId[]): Promise<readonly NodeId[]> {
    const late = nodes.filter((node) => !heldLate.has(node));
    const { free, held, keptBy: kept } = await takeStragglers(world, caller, job, late);
    for (const node of held) heldLate.add(node);
    keptBy.push(...kept);
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
    const purged = await world.store.purgeNodes(subject, batch, fenceEnd(job.startedAt));
    removed = addRemoved(removed, purged.removed);
    // Made from a planned node by a call that was under way when the plan was read. Its source's
    // row is gone now, so no more can come.
    const late = purged.stragglers.map(({ node }) => node).filter((node) => !rest.includes(node));
    next = [...rest, ...(await takeLate(late))];
    if (next.length > 0) await keepLease(world, job);
  }
  const count = refs.length + stragglers.size;
  return {
    epoch,
    keys: count,
    nodes: count,
    removed,
    surfaces: [],
    keyLog,
    keptBy,
    stragglers: [...stragglers],
    held: [...heldLate],
  };
}
