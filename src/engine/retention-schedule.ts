import { createHash } from "node:crypto";

import { Cron } from "croner";

import { isOubliError, MINUTE_MS, SYSTEM_ACTOR, type CaseId, type Word } from "#kernel";
import { startRun, workRuns } from "#retention";
import { tenantOfSource } from "#sources";

import { ownRules } from "./retention-face.ts";
import type { RetentionOptions } from "./retention-options.ts";
import type { EngineWorld } from "./world.ts";

/** Starts a run at each turn of a schedule, in whichever process is first. */
export function scheduleRetention(
  world: EngineWorld,
  { schedule, timeZone = "UTC" }: Pick<RetentionOptions, "schedule" | "timeZone"> = {},
): { stop(): void } | null {
  if (schedule === undefined) return null;
  const options = { timezone: timeZone, mode: "5-part", protect: true, unref: true } as const;
  return new Cron(schedule, options, () =>
    // What fails is tried again at the next turn; a run that was begun, by whoever claims it.
    retentionTurn(world).catch(() => {}),
  );
}

/**
 * One turn: a run for each controller, so that what stops in one is for that one's officer to see.
 * The second process that begins it finds the runs there, and helps with what waits.
 */
export async function retentionTurn(world: EngineWorld): Promise<void> {
  for (const tenant of controllersOf(world)) {
    const id = turnId(world, tenant);
    const order = { tenant, actor: SYSTEM_ACTOR, only: ownRules(world, tenant), id };
    try {
      if ((await world.cases.load(tenant, id)) === null) {
        await startRun(world, world.retention, order);
      }
    } catch (error) {
      if (!isOubliError(error, "CONFLICT")) throw error;
    }
  }
  await workRuns(world, world.retention);
}

function controllersOf({ policy, sources, tenant }: EngineWorld): ReadonlySet<Word> {
  const ruled = [...sources.values()].filter(({ retention = [] }) => retention.length > 0);
  return new Set([tenant, ...ruled.map(({ name }) => tenantOfSource({ policy }, name))]);
}

/**
 * Of the region, the controller and the minute: processes whose clocks are seconds apart mean the
 * same turn. It names nobody, so that it may be told from what it is of.
 */
function turnId({ region, clock }: EngineWorld, tenant: Word): CaseId {
  const minute = Math.round(clock.now() / MINUTE_MS);
  const whose = `oubli-retention-1 ${region} ${tenant} ${minute}`;
  const digest = createHash("sha256").update(whose).digest();
  return `case_${digest.subarray(0, 16).toString("base64url")}` as CaseId;
}
