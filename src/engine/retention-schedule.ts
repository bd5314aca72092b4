import { createHash } from "node:crypto";

import { Cron } from "croner";

import { isOubliError, MINUTE_MS, type CaseId, type Word } from "#kernel";
import { SYSTEM_ACTOR } from "#erasure";
import { startRun, workRuns } from "#retention";

import type { RetentionOptions } from "./retention-options.ts";
import type { EngineWorld } from "./world.ts";

/** Starts a run at each turn of a schedule, in whichever process is first. */
export function scheduleRetention(
  world: EngineWorld,
  tenant: Word,
  { schedule, timeZone = "UTC" }: Pick<RetentionOptions, "schedule" | "timeZone"> = {},
): { stop(): void } | null {
  if (schedule === undefined) return null;
  const options = { timezone: timeZone, mode: "5-part", protect: true, unref: true } as const;
  return new Cron(schedule, options, () =>
    // What fails is tried again at the next turn; a run that was begun, by whoever claims it.
    retentionTurn(world, tenant).catch(() => {}),
  );
}

/** One turn. The second process that begins it finds the run there, and helps with what waits. */
export async function retentionTurn(world: EngineWorld, tenant: Word): Promise<void> {
  const id = turnId(world);
  try {
    if ((await world.cases.load(tenant, id)) === null) {
      await startRun(world, world.retention, { tenant, actor: SYSTEM_ACTOR, id });
    }
  } catch (error) {
    if (!isOubliError(error, "CONFLICT")) throw error;
  }
  await workRuns(world, world.retention);
}

/**
 * Of the region and the minute: processes whose clocks are seconds apart mean the same turn. It
 * names nobody, so that it may be told from what it is of.
 */
function turnId({ region, clock }: EngineWorld): CaseId {
  const minute = Math.round(clock.now() / MINUTE_MS);
  const digest = createHash("sha256").update(`oubli-retention-1 ${region} ${minute}`).digest();
  return `case_${digest.subarray(0, 16).toString("base64url")}` as CaseId;
}
