import type { ErasureRow, NodeRef } from "#audit";
import { isOubliError } from "#kernel";
import { draft, type Caller, type NodeRow } from "#memory";

import { carryOut } from "./carry-out.ts";
import { sealNext } from "./next-revision.ts";
import { remakeDerived } from "./remake.ts";
import type { ErasureWorld } from "./world.ts";

/**
 * Finishes a correction that a crash interrupted. If its row was swapped, the new content is
 * there and the old key goes; if not, the new content is lost with the process, the correction
 * was never acknowledged, and it is undone.
 */
export async function redoCorrect(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
): Promise<void> {
  const [{ node, revision }] = job.nodes as [NodeRef];
  const [row] = await world.store.rows(caller.subject, [node]);
  if (row?.revision === revision) return undoCorrect(world, caller, job, row);
  await carryOut(world, caller, job);
  await remakeDerived(world, job);
}

/**
 * Undoes a correction whose process may stand still rather than be dead, and wake up to swap its
 * row at any moment.
 *
 * Why it is safe: the old content moves to a revision of its own, in one compare-and-swap with
 * the row that the other would replace. Whoever comes second changes nothing. No key is dropped:
 * those that lost their row go with a sweep, when nobody can be about to use them.
 */
async function undoCorrect(
  world: ErasureWorld,
  caller: Caller,
  job: ErasureRow,
  old: NodeRow,
): Promise<void> {
  await recordAborted(world, caller, job);
  try {
    const row = await sealNext(world, caller, old, null);
    if (row !== "stale") await world.store.swap({ node: old.node, revision: old.revision }, row);
  } catch (error) {
    // It was erased meanwhile: nothing is left that could be swapped.
    if (!isOubliError(error, "SUBJECT_ERASED")) throw error;
  }
}

/** Writes down that a correction did not happen. Its nodes may be read again. */
export async function recordAborted(
  world: ErasureWorld,
  caller: Caller,
  { subject, id, intentIndex }: ErasureRow,
): Promise<void> {
  const facts = { erasure: id, intent: intentIndex };
  const entry = draft(world, { caller, session: null }, "correct.aborted", facts);
  await world.audit.record(entry, { effects: [{ kind: "erasure.aborted", subject, id }] });
}
