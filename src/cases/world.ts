import type { AuditLog, Lease } from "#audit";
import { SECOND_MS, type Clock, type EpochMs, type Ids, type LeaseId, type Word } from "#kernel";
import type { Keyring } from "#keys";
import type { Policy } from "#policy";

import type { CaseStore } from "./case-store.ts";

/** What the cases of one region work with. */
export interface CaseWorld {
  readonly audit: AuditLog;
  readonly cases: CaseStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly ids: Ids;
  /** This process, as the holder of leases. */
  readonly holder: LeaseId;
  readonly region: Word;
  readonly policy: Policy;
}

/** How long a case may stand still before another process takes it over. */
const LEASE_MS = 30 * SECOND_MS;

export function caseLease({ holder, clock }: Pick<CaseWorld, "holder" | "clock">): Lease {
  const now = clock.now();
  return { holder, now, until: (now + LEASE_MS) as EpochMs };
}
