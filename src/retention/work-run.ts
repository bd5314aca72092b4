import { setTimeout as pause } from "node:timers/promises";

import { advance, closeCase, renewCase } from "#cases";
import { SECOND_MS, SYSTEM_ACTOR, word, type Word } from "#kernel";
import { addDuration } from "#policy";
import { causeOf, type Identity } from "#sources";

import { ruleActions, type RuleAction, type Swept } from "./actions.ts";
import { heldIn, type RetentionWorld } from "./held.ts";
import {
  asFacts,
  factsOf,
  removedBy,
  withProgress,
  type RuleProgress,
  type RunCase,
} from "./run-case.ts";
import type { RetentionSettings } from "./settings.ts";

/** How far a run is, after each batch. */
export type OnProgress = (progress: RuleProgress) => void;

const RENEW_MS = 10 * SECOND_MS;

/** How long the row of a run is kept once it is over; its entries stay in the ledger. */
const KEPT = { months: 24, days: 0 };

/**
 * Carries a run out, or goes on with one whose process died.
 *
 * Each batch stands in the ledger and in the row, with the most that it may remove, before it
 * begins; what it removed stands in the next step. Why that is safe: whoever goes on behind a crash
 * finds the batch that nobody knows the end of, counts again, and removes no more than was over at
 * the beginning, since the moment before which records go stands still. Who is on hold is asked right
 * before a batch: a hold that is placed later finds the batch under way, and stops the next.
 * Another process that took the run over in the meantime has moved the row: this one's next step is
 * then refused.
 */
export async function workRun(
  world: RetentionWorld,
  settings: RetentionSettings,
  run: RunCase,
  onProgress: OnProgress,
): Promise<RunCase> {
  const actions = new Map(ruleActions(world, run.tenant).map((action) => [action.rule, action]));
  const renewing = setInterval(() => void renewCase(world, run.id).catch(() => {}), RENEW_MS);
  let row = run;
  try {
    for (const progress of factsOf(run).rules) {
      if (progress.state !== "due") continue;
      const work: Work = { world, settings, action: actions.get(progress.rule), onProgress };
      row = await workRule(work, row, progress);
    }
  } finally {
    clearInterval(renewing);
  }
  return endRun(world, row);
}

interface Work {
  readonly world: RetentionWorld;
  readonly settings: RetentionSettings;
  /** This process may not have the functions of the rule's source. */
  readonly action: RuleAction | undefined;
  readonly onProgress: OnProgress;
}

/** Batch by batch, until nothing is over or something stands in the way. */
async function workRule(work: Work, first: RunCase, from: RuleProgress): Promise<RunCase> {
  const { world, settings, action, onProgress } = work;
  if (action === undefined) return settle(world, first, ended(from, "failed", "unregistered"));
  let row = first;
  let progress = from;
  for (;;) {
    const before = await heldIn(world, action.table);
    if (typeof before === "string") return settle(world, row, ended(progress, "held", before));
    const known = await attempt(action, () => recounted(action, progress, before));
    if (isCause(known)) return settle(world, row, ended(progress, "failed", known));
    const left = factsOf(row).runMax - removedBy(withProgress(factsOf(row), known));
    const counted = known.counted - known.removed;
    if (counted <= 0) return settle(world, row, ended(known, "done", null));
    // An import may have overwritten the anchors since: what was not counted, nobody judged.
    const limit = Math.min(settings.batchMax, left, counted);
    if (limit <= 0) return settle(world, row, ended(known, "capped", "run-max"));

    const batch = { ...known, batch: limit };
    row = await settle(world, row, batch);
    // Once more: whoever was put on hold while it was written down is passed over as well.
    const held = await heldIn(world, action.table);
    if (typeof held === "string") return settle(world, row, ended(known, "held", held));
    const swept = await attempt(action, () => action.sweep(known.before, limit, held));
    if (isCause(swept)) return settle(world, row, ended(batch, "failed", swept));
    progress = { ...known, removed: known.removed + swept.removed, batch: 0 };
    onProgress(progress);
    const lies = await attempt(action, () => isLying(action, progress, { swept, limit, held }));
    if (isCause(lies)) return settle(world, row, ended(progress, "failed", lies));
    if (lies.found) return settle(world, row, ended(progress, "failed", "lying"));
    if (isThrough(progress, swept)) return settle(world, row, ended(progress, "done", null));
    await pause(settings.pauseMs);
  }
}

/** Behind a crash nobody knows what became of the last batch: what is still over says it. */
async function recounted(
  action: RuleAction,
  progress: RuleProgress,
  held: readonly Identity[],
): Promise<RuleProgress> {
  const { before, counted, removed, batch } = progress;
  if (batch === 0) return progress;
  const { over } = await action.count(before, held);
  const gone = Math.min(Math.max(counted - over - removed, 0), batch);
  return { ...progress, removed: removed + gone, batch: 0 };
}

/** A row that somebody wrote to just then was passed over: it is asked for once more. */
function isThrough({ removed, counted }: RuleProgress, swept: Swept): boolean {
  return removed >= counted || (!swept.more && swept.removed === 0);
}

interface Answered {
  readonly swept: Swept;
  readonly limit: number;
  readonly held: readonly Identity[];
}

/** It says that it removed more than it was to; or all that was counted, and as many are over. */
async function isLying(
  action: RuleAction,
  { before, counted, removed }: RuleProgress,
  { swept, limit, held }: Answered,
): Promise<{ readonly found: boolean }> {
  // What was made from a memory goes with it, beyond the limit.
  if (action.table === null) return { found: false };
  if (swept.removed > limit) return { found: true };
  if (removed < counted) return { found: false };
  return { found: (await action.count(before, held)).over >= counted };
}

/** A source's failure is a code, and this rule's alone; a failure of our own stores ends the run. */
async function attempt<T extends object>(
  { table }: RuleAction,
  work: () => Promise<T>,
): Promise<T | Word> {
  try {
    return await work();
  } catch (error) {
    if (table === null) throw error;
    return causeOf(error);
  }
}

/** The states are words of this room. */
function loggable({ state, ...progress }: RuleProgress) {
  return { ...progress, state: state as Word };
}

const isCause = (answer: object | Word): answer is Word => typeof answer === "string";

function ended(
  progress: RuleProgress,
  state: RuleProgress["state"],
  reason: string | null,
): RuleProgress {
  return { ...progress, state, reason: reason as Word | null };
}

/** Writes down how far a rule is. */
function settle(world: RetentionWorld, row: RunCase, progress: RuleProgress): Promise<RunCase> {
  return advance<null>(world, row, {
    actor: SYSTEM_ACTOR,
    facts: asFacts(withProgress(factsOf(row), progress)),
    entry: { t: "retention.batch", facts: loggable(progress) },
  });
}

/** A run that has stopped at a strange count waits for somebody; any other is over. */
function endRun(world: RetentionWorld, row: RunCase): Promise<RunCase> {
  const { rules } = factsOf(row);
  const asks = rules.some(({ state }) => state === "stopped");
  const whole = rules.every(({ state }) => state === "done");
  const counts = rules.map(({ rule, counted, removed, state }) => ({
    rule,
    counted,
    removed,
    state: state as Word,
  }));
  const entry = { t: "retention.batch", facts: { ended: !asks, rules: counts } } as const;
  if (asks) {
    const state = word("stopped");
    return advance<null>(world, row, { actor: SYSTEM_ACTOR, state, dueAt: null, entry });
  }
  return closeCase<null>(world, row, {
    actor: SYSTEM_ACTOR,
    state: word(whole ? "done" : "incomplete"),
    endsAt: addDuration(world.clock.now(), KEPT),
    destroyFile: true,
    entry,
  });
}
