import type { EpochMs, Word } from "#kernel";
import { causeOf } from "#sources";

import { ruleActions } from "./actions.ts";
import { anomalyOf } from "./anomaly.ts";
import { heldIn, type RetentionWorld } from "./held.ts";
import { lastCounts } from "./last-counts.ts";
import type { RetentionSettings } from "./settings.ts";

/** What a run would find for one rule. */
export interface PlannedRule {
  readonly rule: Word;
  /** What is older goes. */
  readonly before: EpochMs;
  /** How many are over; `null` where the source could not say. */
  readonly over: number | null;
  /** Everything there is; `null` where nothing is over, or the source could not say. */
  readonly total: number | null;
  /** Why a run would not carry it out: an anomaly's code, what it waits for, a source's failure. */
  readonly stops: Word | null;
  /** Whether it is for a hold, or a region that cannot be asked, that it waits. */
  readonly waits: boolean;
}

/**
 * Counts what is over, and writes nothing: no row, no entry.
 *
 * @param only Rules by name. Default: all.
 */
export async function planRetention(
  world: RetentionWorld,
  settings: RetentionSettings,
  { tenant, only }: { readonly tenant: Word; readonly only?: readonly string[] | undefined },
): Promise<readonly PlannedRule[]> {
  const now = world.clock.now();
  const counts = await lastCounts(world, tenant);
  const planned: PlannedRule[] = [];
  for (const action of ruleActions(world, tenant)) {
    if (only !== undefined && !only.includes(action.rule)) continue;
    const before = action.cutOff(now);
    const held = await heldIn(world, action.table);
    const waits = typeof held === "string" ? held : null;
    try {
      const counted = await action.count(before, typeof held === "string" ? [] : held);
      const strange = anomalyOf(counted, counts.get(action.rule) ?? null, settings.anomaly);
      planned.push({
        rule: action.rule,
        before,
        ...counted,
        stops: waits ?? strange,
        waits: waits !== null,
      });
    } catch (error) {
      if (action.table === null) throw error;
      const stops = causeOf(error);
      planned.push({ rule: action.rule, before, over: null, total: null, stops, waits: false });
    }
  }
  return planned;
}
