import type { AuditLog } from "#audit";
import type { Actor, Clock, SessionId, SubjectId, Word } from "#kernel";
import type { Policy } from "#policy";

import type { Transfers } from "./transfers.ts";

/** What the gate works with, of one region. */
export interface EgressWorld {
  readonly region: Word;
  readonly policy: Policy;
  readonly audit: AuditLog;
  readonly transfers: Transfers;
  readonly clock: Clock;
}

/** Whose content it is, and who gives it away. */
export interface Recipient {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly subject: SubjectId;
  readonly session: SessionId;
}
