import { createHash } from "node:crypto";

import { Cron } from "croner";

import {
  isOubliError,
  MINUTE_MS,
  OubliError,
  word,
  type CaseId,
  type EpochMs,
  type Word,
} from "#kernel";
import { SYSTEM_ACTOR } from "#erasure";
import { startRun, workRuns } from "#retention";

import type { RetentionOptions } from "./retention-options.ts";
import type { EngineWorld } from "./world.ts";

/**
 * Starts a run at each turn of a schedule, in whichever process is first.
 *
 * @throws {OubliError} `CONFIG_INVALID` for a schedule that is none.
 */
export function scheduleRetention(
  world: EngineWorld,
  tenant: Word,
  { schedule, timeZone = "UTC" }: Pick<RetentionOptions, "schedule" | "timeZone"> = {},
): { stop(): void } | null {
  if (schedule === undefined) return null;
  try {
    return new Cron(
      schedule,
      { timezone: timeZone, mode: "5-part", protect: true, unref: true },
      () =>
        // What fails is tried again by the next turn, and a run that was begun by whoever claims it.
        retentionTurn(world, tenant).catch(() => {}),
    );
  } catch {
    throw new OubliError("CONFIG_INVALID", {
      field: word("retention.schedule"),
      given: word("something-else"),
      accepted: "five fields of cron, such as 17 3 * * *, and an IANA time zone" as Word,
    });
  }
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
  const minute = Math.round(clock.now() / MINUTE_MS) as EpochMs;
  const digest = createHash("sha256").update(`oubli-retention-1 ${region} ${minute}`).digest();
  return `case_${digest.subarray(0, 16).toString("base64url")}` as CaseId;
}
