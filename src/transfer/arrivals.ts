import type { ErasureWorld } from "#erasure";
import type { EpochMs, ErasureId, SubjectId, Word } from "#kernel";

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
}

/** Where a person came from; nobody comes twice under one id. @source GDPR Art. 15(2) */
export async function arrivalOf(
  world: Pick<ErasureWorld, "audit">,
  subject: SubjectId,
): Promise<Arrival | null> {
  for await (const { entry, index } of ledgerOf(world, subject)) {
    if (entry.t !== "transfer.in") continue;
    return {
      index,
      at: entry.ts,
      from: entry["from"] as Word,
      authorisation: entry["authorisation"] as Authorisation,
      erasure: entry["certificate"] as ErasureId,
    };
  }
  return null;
}
