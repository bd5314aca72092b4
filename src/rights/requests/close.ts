import { closeCase } from "#cases";
import { OubliError, later, type EpochMs, type Word } from "#kernel";
import { dueAt, lawsOf } from "#law";
import type { Policy } from "#policy";

import { factsOf, type Request } from "./request.ts";
import { isEnd, isOver, REQUEST_STATES, stateError } from "./states.ts";
import type { Acting, RightsWorld } from "./world.ts";

/**
 * Ends a request whose answer has reached the person, or had its time to: the file and its key are
 * destroyed, and the log of requests keeps codes and dates for as long as the laws in force want.
 *
 * @throws {OubliError} `REQUEST_STATE` before it is answered; `HELD` while a hold keeps what is about
 *   the person.
 * @source 11 CCR 7101(a)
 */
export async function closeRequest(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
): Promise<Request> {
  if (!isOver(request)) {
    const accepted = REQUEST_STATES.filter(isEnd) as readonly string[] as readonly Word[];
    throw stateError(request, accepted);
  }
  await refuseHeld(world, request);
  const { right, answeredAt } = factsOf(request);
  return closeCase(world, request, {
    actor,
    destroyFile: true,
    endsAt: logEnd(world.policy, answeredAt ?? world.clock.now()),
    entry: { t: "request", facts: { right, state: request.state, closed: true } },
  });
}

async function refuseHeld({ audit }: RightsWorld, { subject }: Request): Promise<void> {
  const holds = subject === null ? [] : (await audit.store.facts(subject)).holds;
  if (holds.length > 0) throw new OubliError("HELD", { holds: holds.length });
}

/** The longest that a law in force has the log kept. */
export function logEnd(policy: Policy, from: EpochMs): EpochMs {
  const ends = lawsOf(policy).flatMap((law) => {
    const figure = law.figures["requestLog"];
    if (figure === undefined) return [];
    const months = figure.unit === "years" ? figure.value * 12 : figure.value;
    return [dueAt({ count: months, unit: "months" }, from, law)];
  });
  return later(Math.max(...ends) as EpochMs, 1);
}
