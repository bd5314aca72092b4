import type { AuditDatabase } from "../audit-database.ts";
import { settleLogs } from "./access-logs.ts";
import { createAppend } from "./audit-append.ts";
import { factsReads } from "./audit-facts.ts";
import { logReads } from "./audit-log-statements.ts";
import { auditSchema } from "./audit-schema.ts";
import { backupReads } from "./backup-statements.ts";
import { caseStore } from "./case-statements.ts";
import { openChangeCompare } from "./change-compare.ts";
import { consentReads } from "./consent-statements.ts";
import { openDatabase, type Database, type PostgresPlace } from "./database.ts";
import { erasureJobs } from "./erasure-job-statements.ts";
import { erasureQueue } from "./erasure-queue-statements.ts";
import { erasureStages } from "./erasure-stage-statements.ts";
import { gateReads } from "./gate-statements.ts";
import { byCaller, byServer } from "./lease-time.ts";
import { memorySchema } from "./memory-schema.ts";
import { replayFences } from "./replay-fence-statements.ts";
import { schemaName } from "./schema.ts";
import { tallyStore } from "./tally-statements.ts";

/** Where it is, and how many access logs it has. Default: as many as it was made with, or four. */
export interface AuditPlace extends PostgresPlace {
  readonly accessLogs?: number;
  /** Whose clock leases go by. Default: the server's. */
  readonly leases?: "server" | "caller";
  /** Whether the memory schema stands in the same database, under the same login. */
  readonly besideMemory?: boolean;
}

/**
 * The audit database in one PostgreSQL schema.
 *
 * @throws {OubliError} `CONFIG_INVALID` when it was made with another number of access logs.
 */
export async function openAuditStore(place: AuditPlace): Promise<AuditDatabase> {
  const database = await openDatabase({ ...place, schema: auditSchema });
  const logs = await settled(database, place.accessLogs);
  const memory = schemaName(place.region, memorySchema);
  const compares = place.besideMemory === true && !(await database.onNodes(memory));
  const compare = compares ? await openChangeCompare(database, place.region) : null;
  const times = place.leases === "caller" ? byCaller : byServer;
  return {
    logs,
    comparesChanges: compares,
    cases: caseStore(database, times),
    tallies: tallyStore(database),
    ...gateReads(database),
    ...factsReads(database),
    ...logReads(database),
    ...consentReads(database),
    ...erasureJobs(database, times),
    ...erasureStages(database),
    ...erasureQueue(database),
    ...replayFences(database),
    ...backupReads(database),
    append: createAppend(database, logs, times, compare),
    // Pages of its own log are the server's to recycle; what they may still hold is sealed.
    scrub: async () => "deferred",
    close: () => database.close(),
  };
}

async function settled(database: Database, wanted: number | undefined) {
  try {
    return await settleLogs(database, wanted);
  } catch (error) {
    await database.close();
    throw error;
  }
}
