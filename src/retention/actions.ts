import type { ErasureWorld } from "#erasure";
import { MINUTE_MS, type EpochMs, type SubjectId, type Word } from "#kernel";
import { deadlineOf, inTime, Malformed, type Identity } from "#sources";

import type { Counted } from "./anomaly.ts";
import { expiredSweep } from "./expired.ts";
import { cutOff, MEMORIES, tableRulesOf, type TableRule } from "./rules.ts";

/** What one rule does, whatever it is for. */
export interface RuleAction {
  readonly rule: Word;
  /** `null`: memories, each of which has its own. */
  readonly table: TableRule | null;
  cutOff(now: EpochMs): EpochMs;
  count(before: EpochMs, held: readonly Identity[]): Promise<Counted>;
  /** Removes at most `limit`. Whether there is `more` is not known before the next batch is tried. */
  sweep(before: EpochMs, limit: number, held: readonly Identity[]): Promise<Swept>;
}

export interface Swept {
  readonly removed: number;
  readonly more: boolean;
}

/**
 * Every rule of a controller that this process can carry out: the memories' first, which are the
 * region's, then each connected table's.
 *
 * @throws {OubliError} `CONFIG_INVALID` for a rule that its floor forbids.
 */
export function ruleActions(world: ErasureWorld, tenant: Word): readonly RuleAction[] {
  const tables = tableRulesOf(world, tenant).map((rule) => tableAction(world, rule));
  return [memoryAction(world), ...tables];
}

function memoryAction(world: ErasureWorld): RuleAction {
  const sweep = expiredSweep(world);
  return {
    rule: MEMORIES,
    table: null,
    cutOff: (now) => now,
    async count(before) {
      const over = nodes(await world.store.inventory(before));
      // Reads every node: only where there is something to compare it with.
      return { over, total: over === 0 ? null : nodes(await world.store.inventory()) };
    },
    sweep: (before, limit) => sweep({ now: before, limit, failed: new Set<SubjectId>() }),
  };
}

function nodes(rows: readonly { readonly nodes: number }[]): number {
  return rows.reduce((sum, row) => sum + row.nodes, 0);
}

/** A day far ahead: what is older than it is all there is. */
const EVERYTHING = Date.UTC(9000, 0, 1) as EpochMs;

/** A batch makes way for others all along, and may take its time. */
const BATCH_MS = 5 * MINUTE_MS;

function tableAction(world: ErasureWorld, table: TableRule): RuleAction {
  const source = world.sources.get(table.source)!;
  const rule = source.retention!.find((one) => `${source.name}.${one.rule}` === table.rule)!;
  const count = (before: EpochMs, held: readonly Identity[]): Promise<number> =>
    inTime(deadlineOf(source), async (signal) =>
      wholeNumber(await rule.count(before, signal, held)),
    );
  return {
    rule: table.rule,
    table,
    cutOff: (now) => cutOff(table, now),
    async count(before, held) {
      const over = await count(before, held);
      return { over, total: over === 0 ? null : await count(EVERYTHING, []) };
    },
    async sweep(before, limit, held) {
      const removed = await inTime(Math.max(deadlineOf(source), BATCH_MS), async (signal) =>
        wholeNumber(await rule.sweep(before, limit, signal, held)),
      );
      return { removed, more: removed >= limit };
    },
  };
}

/** What a source answers is anybody's word. */
function wholeNumber(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Malformed();
}
