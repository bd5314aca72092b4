import type { AuditStore } from "#audit";

import { createAppend } from "./audit-append.ts";
import { factsReads } from "./audit-facts.ts";
import { logReads, readLogs } from "./audit-log-statements.ts";
import { auditSchema } from "./audit-schema.ts";
import { backupReads } from "./backup-statements.ts";
import { consentReads } from "./consent-statements.ts";
import { openDatabase, type PostgresPlace } from "./database.ts";
import { erasureJobs } from "./erasure-job-statements.ts";
import { erasureQueue } from "./erasure-queue-statements.ts";
import { erasureStages } from "./erasure-stage-statements.ts";
import { gateReads } from "./gate-statements.ts";
import { replayFences } from "./replay-fence-statements.ts";

/** The audit database in one PostgreSQL schema. */
export async function openAuditStore(place: PostgresPlace): Promise<AuditStore> {
  const database = await openDatabase({ ...place, schema: auditSchema });
  const logs = await readLogs(database);
  return {
    logs,
    ...gateReads(database),
    ...factsReads(database),
    ...logReads(database),
    ...consentReads(database),
    ...erasureJobs(database),
    ...erasureStages(database),
    ...erasureQueue(database),
    ...replayFences(database),
    ...backupReads(database),
    append: createAppend(database, logs),
    // Pages of its own log are the server's to recycle; what they may still hold is sealed.
    scrub: async () => "deferred",
    close: () => database.close(),
  };
}
