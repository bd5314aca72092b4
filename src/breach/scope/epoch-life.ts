import type { AuditStore, EntryType } from "#audit";
import { OubliError, word, type EpochMs } from "#kernel";

import { entriesOfTypes, type LogSizes } from "./log-scan.ts";

/** When a root key could open what lay there; `null`: it is the first, or it still can. */
export interface EpochLife {
  readonly from: EpochMs | null;
  readonly until: EpochMs | null;
}

const ENDS: ReadonlySet<EntryType> = new Set(["key.epoch"]);

/**
 * The life of an epoch, as the ledger tells it: each end names the epoch that ended and the next.
 *
 * A rotation that could not finish says so, and the old key lives on until one that did.
 *
 * @throws {OubliError} `NOT_FOUND` for an epoch that the ledger does not know.
 */
export async function epochLife(
  store: AuditStore,
  sizes: LogSizes,
  epoch: number,
): Promise<EpochLife> {
  let from: EpochMs | null = null;
  let until: EpochMs | null = null;
  let newest = 1;
  let known = epoch === 1;
  for await (const entry of entriesOfTypes(store, "ledger", sizes, ENDS)) {
    const told = { from: entry["from"] as number, to: entry["to"] as number };
    newest = Math.max(newest, told.to);
    if (told.to === epoch) {
      from ??= entry.ts;
      known = true;
    }
    if (told.from === epoch) {
      known = true;
      if (entry["evidence"] !== null) until = entry.ts;
    }
  }
  if (!known || epoch > newest) {
    throw new OubliError("NOT_FOUND", { field: word("scope.key.epoch"), newest });
  }
  return { from, until };
}
