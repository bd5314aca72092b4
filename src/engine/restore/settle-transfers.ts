import type { DatabaseName } from "#backup";
import type { Word } from "#kernel";
import { loseArrived } from "#transfer";

import type { Oubli } from "../oubli.ts";
import type { EngineWorld } from "../world.ts";
import { eraseDeparted } from "./erase-departed.ts";
import type { LostErasure, Restored } from "./options.ts";
import { askOtherRegions } from "./other-regions.ts";
import type { Place } from "./place.ts";
import { settleArrivals } from "./settle-arrivals.ts";
import { suspectLoss } from "./suspect-loss.ts";

export interface PutBack {
  readonly databases: readonly DatabaseName[];
  /** Entries of the ledger that the backup had. */
  readonly ledger: number;
  /** Whether what came behind them was given up. */
  readonly forked: boolean;
  /** What was erased in it, as the operator says. */
  readonly erased: readonly LostErasure[];
}

type Transfers = Pick<Restored, "departed" | "arrivals">;

/**
 * Settles who went to another region, or came from one, behind the backup. Whom the ledger has lost
 * sight of, the other regions' tell.
 *
 * @throws {OubliError} `REGION_UNAVAILABLE` while one of them is asked for, and away.
 */
export async function settleTransfers(
  place: Place,
  world: EngineWorld,
  putBack: PutBack,
  oubliOf: (tenant: Word) => Oubli,
): Promise<Transfers> {
  const { actor } = place;
  const { databases, ledger } = putBack;
  const given = { memoryStands: !databases.includes("memory"), ledger };
  const known = (await loseArrived(world, actor, given)).map(({ as: subject, tenant, from }) => {
    return { subject, tenant, from };
  });
  const { departed, arrivals } = putBack.forked
    ? await settleUntold(place, world, { ...putBack, ...given }, oubliOf)
    : NOBODY;
  const lost = [...known, ...arrivals.lost];
  await suspectLoss(world, actor, lost);
  return { departed, arrivals: { ...arrivals, lost } };
}

const NOBODY: Transfers = { departed: 0, arrivals: { again: 0, lost: [] } };

async function settleUntold(
  place: Place,
  world: EngineWorld,
  { memoryStands, ledger, erased: listed }: PutBack & { readonly memoryStands: boolean },
  oubliOf: (tenant: Word) => Oubli,
): Promise<Transfers> {
  await using opened = new AsyncDisposableStack();
  const others = await askOtherRegions(place, opened);
  const dealings = others.map((other) => other.dealings);
  const departed = await eraseDeparted(world, dealings, oubliOf);
  const whole = listed.flatMap(({ subject, nodes }) => (nodes === undefined ? [subject] : []));
  const given = { actor: place.actor, memoryStands, ledger, erased: new Set(whole) };
  return { departed, arrivals: await settleArrivals(world, others, given) };
}
