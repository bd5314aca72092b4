import { advance, loadCase, openCase } from "#cases";
import { OubliError, word, type Actor, type CaseId, type Word } from "#kernel";

import type { RetentionWorld } from "./held.ts";
import { planRetention, type PlannedRule } from "./plan.ts";
import { asFacts, factsOf, type RuleProgress, type RuleState, type RunCase } from "./run-case.ts";
import type { RetentionSettings } from "./settings.ts";

export interface RunOrder {
  readonly tenant: Word;
  readonly actor: Actor;
  /** Rules by name. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** A turn of the schedule has one id, so that of several processes one starts its run. */
  readonly id?: CaseId;
}

/**
 * Counts what is over and opens a run for it. Nothing is removed before the counts are in the
 * ledger.
 *
 * @throws {OubliError} `CONFLICT` where another process has started the run of this id.
 */
export async function startRun(
  world: RetentionWorld,
  settings: RetentionSettings,
  { tenant, actor, only, id }: RunOrder,
): Promise<RunCase> {
  const planned = await planRetention(world, settings, { tenant, only });
  const rules = planned.map(beginning);
  return openCase<null>(world, {
    ...(id === undefined ? {} : { id }),
    kind: "retention",
    tenant,
    actor,
    subject: null,
    state: word("running"),
    file: null,
    dueAt: world.clock.now(),
    facts: asFacts({ rules, runMax: settings.runMax }),
    entry: { t: "retention.batch", facts: asFacts({ rules, runMax: settings.runMax }) },
  });
}

/**
 * Goes on with a run whose counts were strange: a person has looked at them.
 *
 * @throws {OubliError} `NOT_FOUND`; `CONFLICT` where it does not wait for anybody.
 */
export async function confirmRun(
  world: RetentionWorld,
  { tenant, actor, id }: { readonly tenant: Word; readonly actor: Actor; readonly id: CaseId },
): Promise<RunCase> {
  const run = await loadCase<null>(world, { tenant, kind: "retention", id });
  const facts = factsOf(run);
  const stopped = facts.rules.filter(({ state }) => state === "stopped");
  if (run.closedAt !== null || stopped.length === 0) throw new OubliError("CONFLICT", { case: id });
  const rules = facts.rules.map((one) =>
    one.state === "stopped" ? ({ ...one, state: "due", reason: null } as const) : one,
  );
  return advance<null>(world, run, {
    actor,
    state: word("running"),
    dueAt: world.clock.now(),
    facts: asFacts({ ...facts, rules }),
    entry: {
      t: "retention.batch",
      facts: { confirmed: stopped.map(({ rule, counted }) => ({ rule, counted })) },
    },
  });
}

function beginning(planned: PlannedRule): RuleProgress {
  const { rule, before, over, stops } = planned;
  const counted = over ?? 0;
  return {
    rule,
    before,
    counted,
    removed: 0,
    batch: 0,
    state: firstState(planned),
    reason: stops,
  };
}

function firstState({ over, stops, waits }: PlannedRule): RuleState {
  if (over === null) return "failed";
  if (over === 0) return "done";
  if (stops === null) return "due";
  return waits ? "held" : "stopped";
}
