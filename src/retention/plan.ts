import type { ErasureWorld } from "#erasure";
import { word, type EpochMs, type Word } from "#kernel";
import { causeOf } from "#sources";

import { ruleActions, type RuleAction } from "./actions.ts";
import { anomalyOf } from "./anomaly.ts";
import { heldIdentities } from "./held.ts";
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
  /** Why a run would not carry it out: an anomaly's code, `held`, or a source's failure. */
  readonly stops: Word | null;
}

/**
 * Counts what is over, and writes nothing: no row, no entry.
 *
 * @param only Rules by name. Default: all.
 */
export async function planRetention(
  world: ErasureWorld,
  settings: RetentionSettings,
  { tenant, only }: { readonly tenant: Word; readonly only?: readonly string[] | undefined },
): Promise<readonly PlannedRule[]> {
  const now = world.clock.now();
  const counts = await lastCounts(world, tenant);
  const held = await heldIdentities(world);
  const planned: PlannedRule[] = [];
  for (const action of ruleActions(world)) {
    if (only !== undefined && !only.includes(action.rule)) continue;
    const before = action.cutOff(now);
    const waits = mustWait(action, held.length) ? word("held") : null;
    try {
      const counted = await action.count(before, held);
      const strange = anomalyOf(counted, counts.get(action.rule) ?? null, settings.anomaly);
      planned.push({ rule: action.rule, before, ...counted, stops: waits ?? strange });
    } catch (error) {
      if (action.table === null) throw error;
      const stops = causeOf(error);
      planned.push({ rule: action.rule, before, over: null, total: null, stops });
    }
  }
  return planned;
}

/** A table whose rule knows no holds is left alone while anybody is on hold. */
export function mustWait({ table }: RuleAction, held: number): boolean {
  return table !== null && !table.spares && held > 0;
}
