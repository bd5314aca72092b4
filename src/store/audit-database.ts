import type { TallyStore } from "#analytics";
import type { AuditStore } from "#audit";
import type { CaseStore } from "#cases";

/** The audit database: the logs with what gates reads, and beside them the office's cases, and counts. */
export interface AuditDatabase extends AuditStore {
  readonly cases: CaseStore;
  readonly tallies: TallyStore;
}
