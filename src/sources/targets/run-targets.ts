import { advance, renewCase, type CaseEntry } from "#cases";
import { backOff, DAY_MS, SECOND_MS, word, type Actor, type EpochMs, type Word } from "#kernel";

import { sourceOf } from "../known.ts";
import { inOrder } from "../order.ts";
import { whySpared } from "../returned.ts";
import type { CollectionOutcome, Identity, Source } from "../source.ts";
import { openTurnstile } from "../turnstile.ts";
import type { SourcesWorld } from "../world.ts";
import { callTarget, orderOf, sum, type Answer } from "./call-target.ts";
import { graceOf, WAITS } from "./grace.ts";
import { NO_NAME } from "./rebuild.ts";
import { settle } from "./settle.ts";
import { asFacts, factsIn, type Kept, type TargetsCase, type TargetState } from "./targets-case.ts";

export interface Run {
  readonly actor: Actor;
  /** Asks those that are pending before their time: somebody said that they are done. */
  readonly early?: boolean;
  /** Time has gone by since the erasure: whoever registered anew meanwhile is spared. */
  readonly later?: boolean;
}

const AT_ONCE = 8;
const RENEW_MS = 10 * SECOND_MS;

/**
 * Asks every target that is due, tier by tier, and settles the erasure when all are confirmed.
 *
 * Each answer is written down before another target is asked on its strength, so that a process
 * which dies is followed by one that begins behind the last confirmed step; a target that was asked
 * and not yet written down is asked again, under the same request. One that fails keeps only those
 * from their turn that are declared to come after it.
 */
export async function runTargets(
  world: SourcesWorld,
  first: TargetsCase,
  { actor, early = false, later = false }: Run,
): Promise<TargetsCase> {
  const who = identityOf(first);
  if (who === null) return first;
  let row = first;
  let asking = 0;
  // One step at a time: each moves the case on from the one before.
  let last: Promise<unknown> = Promise.resolve();
  const write = (target: Word, answer: Answer): Promise<unknown> => {
    const step = last.then(async () => {
      row = await writeDown(world, row, { target, answer, actor, busy: asking > 1 });
      asking -= 1;
      return row;
    });
    last = step;
    return step;
  };

  const renewing = setInterval(() => void renewCase(world, first.id).catch(() => {}), RENEW_MS);
  try {
    const turnstile = openTurnstile(AT_ONCE);
    for (const wave of wavesOf(row)) {
      const ready = wave.filter((target) => isReady(world, row, target, early));
      asking = ready.length;
      await settled(
        ready.map(async (target) => {
          const leave = await turnstile.enter();
          try {
            const source = sourceOf(world, first.tenant, target)!;
            const spared = await whyNot(world, source, who, later);
            const order = orderOf(source, stateOf(row, target).order, first.openedAt);
            const answer =
              spared === null
                ? await callTarget(source, who, order, first.id)
                : ({ status: "failed", records: 0, error: spared } as const);
            await write(target, answer);
          } finally {
            leave();
          }
        }),
      );
    }
  } finally {
    clearInterval(renewing);
  }
  return factsIn(row).targets.every(isConfirmed) ? settle(world, row, actor) : row;
}

/** Why a target is not asked, though it is its turn. */
async function whyNot(
  world: SourcesWorld,
  source: Source,
  who: Identity,
  later: boolean,
): Promise<Word | null> {
  if (who.externalId === NO_NAME) return word("identity-missing");
  return later ? whySpared(world, source, who) : null;
}

export function identityOf({ tenant, subject, file }: TargetsCase): Identity | null {
  if (subject === null || file === null) return null;
  const { externalId, identifiers } = file;
  return { tenant, subject, externalId, identifiers };
}

export const isConfirmed = ({ state }: TargetState): boolean => state === "confirmed";

export function stateOf(row: TargetsCase, target: Word): TargetState {
  return factsIn(row).targets.find((one) => one.target === target)!;
}

/** Waits for all; then the first failure, which is none of a target's own. */
async function settled(work: readonly Promise<unknown>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === "rejected") throw one.reason;
}

function wavesOf(row: TargetsCase): readonly (readonly Word[])[] {
  const { targets } = factsIn(row);
  const placed = targets.map(({ target, tier, eraseAfter }) => ({
    name: target,
    tier,
    eraseAfter,
  }));
  return inOrder(placed).map((wave) => wave.map(({ name }) => name));
}

function isReady(world: SourcesWorld, row: TargetsCase, target: Word, early = false): boolean {
  const state = stateOf(row, target);
  const { again, eraseAfter, order } = state;
  const waits = again !== null && again > world.clock.now();
  if (isConfirmed(state) || (waits && !(early && state.state === "pending"))) return false;
  const source = sourceOf(world, row.tenant, target);
  if (source === undefined) return false;
  const anonymises = orderOf(source, order, row.openedAt) !== null;
  const able = anonymises ? source.anonymise : source.erase;
  return able !== undefined && eraseAfter.every((other) => isConfirmed(stateOf(row, other)));
}

interface Written {
  readonly target: Word;
  readonly answer: Answer;
  readonly actor: Actor;
  /** Whether others of this process are still being asked. */
  readonly busy: boolean;
}

async function writeDown(
  world: SourcesWorld,
  row: TargetsCase,
  { target, answer, actor, busy }: Written,
): Promise<TargetsCase> {
  const before = stateOf(row, target);
  const after = nextState(world, before, answer);
  const facts = factsIn(row);
  const targets = facts.targets.map((one) => (one.target === target ? after : one));
  const next = { ...row, facts: asFacts({ ...facts, targets }) };
  const more = busy || targets.some((one) => isReady(world, next, one.target));
  const all = targets.every(isConfirmed);
  return advance(world, row, {
    actor,
    state: word("running"),
    dueAt: more || all ? graceOf(world) : nextTurn(world, targets),
    facts: next.facts,
    entry: entryOf(after, answer),
  });
}

/** Where nothing says when: what is not registered here waits for a process that has it. */
function nextTurn(world: SourcesWorld, targets: readonly TargetState[]): EpochMs {
  const open = targets.filter((one) => !isConfirmed(one));
  const turns = open.flatMap(({ again }) => (again === null ? [] : [again]));
  return turns.length === 0 ? graceOf(world) : (Math.min(...turns) as EpochMs);
}

function nextState(world: SourcesWorld, before: TargetState, answer: Answer): TargetState {
  const attempts = before.attempts + 1;
  const common = { ...before, attempts, records: sum(before.records, answer.records) };
  if (answer.status === "done") {
    return {
      ...common,
      state: "confirmed",
      again: null,
      error: null,
      verified: answer.verified,
      kept: keptOf(answer.collections),
    };
  }
  const soonest = backOff(world, attempts, WAITS);
  if (answer.status === "failed") {
    return { ...common, state: "failed", again: soonest, error: answer.error };
  }
  const again = Math.min(Math.max(answer.again ?? 0, soonest), soonest + FAR_MS) as EpochMs;
  return { ...common, state: "pending", again, error: null };
}

/** No answer puts the next look off for longer. */
const FAR_MS = DAY_MS;

const KEPT_MAX = 50;

/** Per strategy, ground and end: how many records are not simply gone. */
export function keptOf(collections: readonly CollectionOutcome[]): readonly Kept[] {
  const kept = new Map<string, Kept>();
  for (const { strategy, ground = null, keepUntil = null, records } of collections) {
    if (strategy === "delete") continue;
    const key = `${strategy} ${ground} ${keepUntil}`;
    const so = kept.get(key)?.records ?? 0;
    kept.set(key, {
      strategy,
      ground: ground as Word | null,
      keepUntil,
      records: sum(so, records),
    });
  }
  return [...kept.values()].slice(0, KEPT_MAX);
}

function entryOf(
  { target, attempts, again, error, records, verified, manual }: TargetState,
  answer: Answer,
): CaseEntry {
  switch (answer.status) {
    case "done": {
      const collections = answer.collections.map((one, at) => ({
        name: loggableName(one.name, at),
        records: one.records,
        strategy: one.strategy as Word,
        ...(one.ground === undefined ? {} : { ground: one.ground as Word }),
        ...(one.keepUntil === undefined ? {} : { keepUntil: one.keepUntil }),
      }));
      return { t: "target.done", facts: { target, records, verified, manual, collections } };
    }
    case "pending":
      return { t: "target.intent", facts: { target, pending: true, attempts, again } };
    case "failed":
      return { t: "target.failed", facts: { target, error, attempts, again } };
  }
}

/** As schemas write a table's name. What is none could hold a person's: it is told by its number. */
const TABLE = /^[A-Za-z_][A-Za-z0-9_.:*-]{0,63}$/;

function loggableName(name: string, at: number): Word {
  return (TABLE.test(name) ? name : `collection-${at + 1}`) as Word;
}
