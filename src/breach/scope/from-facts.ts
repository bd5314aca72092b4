import type { Word } from "#kernel";

import type { ScopeFacts } from "../incident.ts";
import type { ScopeQuestion } from "./question.ts";

/** An incident's question to the log. */
export function questionOf(tenant: Word, scope: ScopeFacts): ScopeQuestion {
  const { from, until, actor, session, epoch, subject, held } = scope;
  const key = epoch !== null ? { epoch } : subject !== null ? { subject } : null;
  return { tenant, from, until, actor, session, key, reach: held ? "held" : "released" };
}
