import type { ErasureWorld } from "#erasure";
import type { EpochMs, ErasureId, SubjectId, Word } from "#kernel";
import type { Caller } from "#memory";

import { ledgerOf } from "./plan.ts";
import type { Authorisation } from "./world.ts";

/** That a person came from another region, as its ledger tells it. */
export interface Arrival {
  readonly index: number;
  readonly at: EpochMs;
  readonly from: Word;
  readonly authorisation: Authorisation;
  /** The erasure that ended them there: its certificate is in that region's ledger. */
  readonly erasure: ErasureId;
  /** Whether what came with them was lost. */
  readonly lost: boolean;
}

/**
 * Where a person came from; nobody comes twice under one id, but of an arrival that was lost, or is
 * told of again, the last entry counts. @source GDPR Art. 15(2)
 */
export async function arrivalOf(
  world: Pick<ErasureWorld, "audit">,
  subject: SubjectId,
): Promise<Arrival | null> {
  let arrival: Arrival | null = null;
  for await (const { entry, index } of ledgerOf(world, subject)) {
    if (entry.t !== "transfer.in" && entry.t !== "transfer.lost") continue;
    arrival = {
      index,
      at: entry.ts,
      from: entry["from"] as Word,
      authorisation: entry["authorisation"] as Authorisation,
      erasure: entry["certificate"] as ErasureId,
      lost: entry.t === "transfer.lost",
    };
  }
  return arrival;
}

/** Whether somebody of whom there is no key came from another region, and was lost. */
export async function isArrivalLost(
  world: Pick<ErasureWorld, "audit">,
  { subject, tenant }: Pick<Caller, "subject" | "tenant">,
): Promise<boolean> {
  let lost = false;
  for await (const { entry } of ledgerOf(world, subject)) {
    if (entry.t === "transfer.lost") lost = entry.tenant === tenant;
    if (entry.t === "erase.executed") lost = false;
  }
  return lost;
}
