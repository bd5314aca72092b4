import type { AuditLog } from "#audit";
import type { Clock, Word } from "#kernel";
import type { Policy } from "#policy";

import type { TallyStore } from "./tally-store.ts";

/** What publishing works with. */
export interface AnalyticsWorld {
  readonly region: Word;
  readonly policy: Policy;
  readonly audit: AuditLog;
  readonly tallies: TallyStore;
  readonly clock: Clock;
}
