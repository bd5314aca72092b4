import type { Actor } from "#kernel";
import { everySubject } from "#keys";
import { settleSent, standsElsewhere, whoIsHere } from "#transfer";

import type { EngineWorld } from "../world.ts";
import type { LostArrival } from "./options.ts";
import type { OtherRegion } from "./other-regions.ts";

export interface GivenUp {
  readonly actor: Actor;
  /** Whether the memories are those that stood here, and no backup's. */
  readonly memoryStands: boolean;
  /** Entries of the ledger that the backup had. */
  readonly ledger: number;
  /** Who was erased in that tail, as the operator says. */
  readonly erased: ReadonlySet<string>;
}

/**
 * Finds those who came from another region in a tail that was given up: nobody else tells of them,
 * as what was there of them is erased. Who can be had back from keys and memories that stand, is;
 * of the others it is written down that they are lost.
 */
export async function settleArrivals(
  world: EngineWorld,
  others: readonly OtherRegion[],
  { actor, erased, ...given }: GivenUp,
): Promise<{ readonly again: number; readonly lost: readonly LostArrival[] }> {
  const dealings = others.map((other) => other.dealings);
  if (dealings.every(({ sent }) => sent.length === 0)) return { again: 0, lost: [] };
  const here = await whoIsHere(everySubject(world));
  const lost: LostArrival[] = [];
  let again = 0;
  for (const { origin, dealings: own } of others) {
    for (const sent of own.sent) {
      if (erased.has(sent.plan.as) || standsElsewhere(sent, dealings, here)) continue;
      const { as: subject, tenant, from } = sent.plan;
      const left = { from: origin, to: world };
      const settled = await settleSent(left, sent, { subject, tenant, actor }, given);
      if (settled === "again") again += 1;
      if (settled === "lost") lost.push({ subject, tenant, from });
    }
  }
  return { again, lost };
}
