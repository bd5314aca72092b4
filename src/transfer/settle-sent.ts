import type { ErasureWorld } from "#erasure";
import type { SubjectId, Word } from "#kernel";
import { keyName } from "#keys";
import type { Caller, NodeKind } from "#memory";

import { arriveAgain } from "./arrive.ts";
import { whoseOf, type Dealings, type Sent } from "./dealings.ts";
import { loseArrival } from "./lose-arrival.ts";
import { ledgerOf } from "./plan.ts";
import type { Left, TransferPlan } from "./world.ts";

const KINDS: readonly NodeKind[] = ["memory", "derived", "block", "edge"];

/** What became of somebody who was sent here. */
export type Settled =
  /** The ledger here knows of them, or they were erased or went on since. */
  | "settled"
  /** It knows of them again. */
  | "again"
  | "lost";

export interface Given {
  /** Whether the memories are those that stood here, and no backup's. */
  readonly memoryStands: boolean;
  /** Where the history that is given up ended: what is lost behind it was written down just now. */
  readonly ledger: number;
}

/**
 * Settles one transfer to this region whose arrival may stand in a tail of the ledger that was given
 * up. Where they came from they were erased, so that what is here is all that there is.
 *
 * It may be done again: what was written down is found in the ledger.
 */
export async function settleSent(
  left: Left,
  { plan }: Sent,
  caller: Caller,
  { memoryStands, ledger }: Given,
): Promise<Settled> {
  const { to } = left;
  for await (const { entry, index } of ledgerOf(to, plan.as)) {
    if (entry["erasure"] !== plan.id) continue;
    if (entry.t === "transfer.in") return "settled";
    if (entry.t === "transfer.lost") return index < ledger ? "settled" : "lost";
  }
  const fences = new Set<string>((await to.keyring.fences(plan.as)).map(({ key }) => key));
  if (fences.has("*")) return "settled";
  if (memoryStands && (await isWhole(to, plan, fences))) {
    await arriveAgain(left, plan, caller);
    return "again";
  }
  await loseArrival(to, plan, caller);
  return "lost";
}

/** Whether the person has a key, and everything that is there of them has one. */
async function isWhole(
  { keyring, store }: ErasureWorld,
  { as }: TransferPlan,
  fences: ReadonlySet<string>,
): Promise<boolean> {
  if ((await keyring.tenantOf(as)) === null) return false;
  const { heads } = await store.heads(as, KINDS);
  const alive = new Set((await keyring.liveRefs(as)).map(keyName));
  return heads.every(
    (head) => alive.has(keyName(head)) || fences.has(head.node) || fences.has(keyName(head)),
  );
}

/**
 * Those of `sent` who went on from here, or who are here as before they left and came back: nothing
 * of theirs is missed under the id that they came with.
 */
export function standsElsewhere(
  { plan, before }: Sent,
  others: readonly Dealings[],
  here: ReadonlySet<Word>,
): boolean {
  if (before !== null && here.has(before)) return true;
  const whose = whoseOf(plan.as);
  return others.some(({ known }) => known.has(whose));
}

/** {@link whoseOf} everybody who has a key here. */
export async function whoIsHere(subjects: AsyncIterable<SubjectId>): Promise<ReadonlySet<Word>> {
  const here = new Set<Word>();
  for await (const subject of subjects) here.add(whoseOf(subject));
  return here;
}
