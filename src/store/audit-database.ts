import type { AuditStore } from "#audit";
import type { CaseStore } from "#cases";

/** The audit database: the logs with what gates reads, and the office's cases beside them. */
export interface AuditDatabase extends AuditStore {
  readonly cases: CaseStore;
}
