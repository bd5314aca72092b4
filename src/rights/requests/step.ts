import { advance, type CaseFacts } from "#cases";
import { DAY_MS, later, MINUTE_MS, word, type Actor, type EpochMs, type Word } from "#kernel";

import { roomOf } from "../rooms.ts";
import { nextAttention } from "./clocks.ts";
import { factsOf, type Request, type RequestFacts, type RequestFile } from "./request.ts";
import { isEnd, isOver, refuseStep, type RequestState } from "./states.ts";
import type { RightsWorld } from "./world.ts";

export interface RequestStep {
  readonly to: RequestState;
  readonly facts?: Partial<RequestFacts>;
  readonly file?: Partial<RequestFile>;
  /** When what it waits for is looked at again, if a warning does not come first. */
  readonly again?: EpochMs | null;
  /** What the ledger says beside `right`, `from` and `to`. */
  readonly said?: CaseFacts;
}

/**
 * How long an answer is kept for whoever sends it. Then the case is closed: its file and its key go,
 * and the row stays as the log of requests.
 */
export const ANSWER_DAYS = 30;

/** What another process may take for dead: it goes on with the request. */
const ABANDONED_MS = 5 * MINUTE_MS;

/**
 * Takes a request one step on: the ledger first, then the row.
 *
 * @throws {OubliError} `REQUEST_STATE` for a step that does not follow; `CONFLICT` when another
 *   process was faster.
 */
export async function step(
  world: RightsWorld,
  request: Request,
  actor: Actor,
  { to, facts = {}, file = {}, again = null, said = {} }: RequestStep,
): Promise<Request> {
  refuseStep(request, to);
  const now = world.clock.now();
  const next = { ...factsOf(request), ...facts };
  const end = isEnd(to);
  const attention = nextAttention(next, again ?? abandoned(to, now));
  return advance(world, request, {
    actor,
    state: to as Word,
    facts: asFacts(end ? ended(next, facts, now) : next),
    ...(request.file === null ? {} : { file: { ...request.file, ...file } }),
    // An answer that is complete at last is kept no longer for it.
    ...(isOver(request) && end
      ? {}
      : { dueAt: end ? later(now, ANSWER_DAYS * DAY_MS) : attention }),
    entry: {
      t: "request",
      facts: { right: next.right, from: request.state, to: to as Word, ...said },
    },
  });
}

/** What is over waits for nothing, but for recipients who are still to be told. */
function ended(next: RequestFacts, { waitingFor = [] }: Partial<RequestFacts>, now: EpochMs) {
  return { ...next, answeredAt: next.answeredAt ?? now, waitingFor };
}

/**
 * Writes something down about a request that stays where it is.
 *
 * @throws {OubliError} `CONFLICT`.
 */
export function note(
  world: RightsWorld,
  request: Request,
  actor: Actor,
  { facts = {}, file = {}, again = null, said = {} }: Omit<RequestStep, "to">,
): Promise<Request> {
  const next = { ...factsOf(request), ...facts };
  const end = isOver(request);
  const lookAt = looksAgain(request) ? world.clock.now() : again;
  return advance(world, request, {
    actor,
    facts: asFacts(next),
    ...(request.file === null ? {} : { file: { ...request.file, ...file } }),
    ...(end ? keptUntil(again) : { dueAt: nextAttention(next, lookAt) }),
    entry: { t: "request", facts: { right: next.right, state: request.state, ...said } },
  });
}

/** What is over keeps its time, but where it is still needed. */
const keptUntil = (again: EpochMs | null) => (again === null ? {} : { dueAt: again });

/** Whether it waits for something that is looked at without anybody's doing. */
function looksAgain({ state, facts }: Request): boolean {
  return state === word("waiting") && roomOf(factsOf({ facts }).right).isReady !== undefined;
}

function abandoned(to: RequestState, now: EpochMs): EpochMs | null {
  return to === "checking" || to === "executing" ? later(now, ABANDONED_MS) : null;
}

export function asFacts(facts: RequestFacts): CaseFacts {
  return facts as unknown as CaseFacts;
}
