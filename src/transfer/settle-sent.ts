import type { SubjectId, Word } from "#kernel";
import type { Caller } from "#memory";

import { arriveAgain } from "./arrive.ts";
import { whoseOf, type Dealings, type Sent } from "./dealings.ts";
import { loseArrival } from "./lose-arrival.ts";
import { isWhole } from "./is-whole.ts";
import { ledgerOf } from "./plan.ts";
import type { Left } from "./world.ts";

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
  /** Entries of the ledger that the backup had: what came behind them is not in it. */
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
  if ((await to.keyring.fences(plan.as)).some(({ key }) => key === "*")) return "settled";
  if (memoryStands && (await isWhole(to, plan.as))) {
    await arriveAgain(left, plan, caller);
    return "again";
  }
  await loseArrival(to, plan, caller);
  return "lost";
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
