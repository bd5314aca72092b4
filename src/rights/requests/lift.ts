import { lift } from "#consent";
import { isOubliError, word, type RestrictionId } from "#kernel";
import type { Caller } from "#memory";

import { act } from "../act.ts";
import type { Letter } from "../letters/letter.ts";
import { withLetter } from "./acknowledge.ts";
import { factsOf, type Request } from "./request.ts";
import { requestsOf } from "./read.ts";
import { stateError } from "./states.ts";
import { note } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** What has to come before. */
const TOLD_FIRST = [word("told-of-the-lift")];

/**
 * Writes the letter that tells a person that their restriction ends. It goes out before
 * {@link liftRestriction}.
 *
 * @throws {OubliError} `REQUEST_STATE` for a request that restricted nothing.
 * @source GDPR Art. 18(3)
 */
export async function announceLift(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  explanation?: string,
): Promise<{ readonly request: Request; readonly letter: Letter }> {
  refuseUnrestricted(request);
  const letters = withLetter(world, request, "lift", { explanation });
  const told = await note(world, request, actor, {
    facts: { liftToldAt: world.clock.now() },
    file: { letters },
    said: { lift: word("told") },
  });
  return { request: told, letter: letters.at(-1)! };
}

/**
 * Lifts what the request had restricted, but for what another's answer rests on.
 *
 * @throws {OubliError} `REQUEST_STATE` while the person has not been told.
 */
export async function liftRestriction(
  world: RightsWorld,
  request: Request,
  { actor, tenant }: Acting,
): Promise<Request> {
  refuseUnrestricted(request);
  const { restrictions, liftToldAt } = factsOf(request);
  if (liftToldAt === null) throw stateError(request, TOLD_FIRST);
  const caller = { tenant, actor, subject: request.subject! };
  const others = await restrictedForOthers(world, request);
  for (const id of restrictions) {
    if (others.has(id)) continue;
    try {
      await act(world, caller, "lift", (permit) => lift(world, permit, tenant, id));
    } catch (error) {
      // One that was lifted before a crash is not there any more.
      if (!isOubliError(error, "NOT_FOUND")) throw error;
    }
  }
  return note(world, request, actor, { facts: { restrictions: [] }, said: { lift: word("done") } });
}

async function restrictedForOthers(
  world: RightsWorld,
  { id, tenant, subject }: Request,
): Promise<ReadonlySet<RestrictionId>> {
  const listed = new Set<RestrictionId>();
  for await (const row of requestsOf(world, { tenant, subject: subject! })) {
    if (row.id !== id) for (const one of factsOf(row).restrictions) listed.add(one);
  }
  return listed;
}

/**
 * Refuses to lift past its request what a person had asked for, while nobody told them.
 *
 * @throws {OubliError} `REQUEST_STATE`.
 * @source GDPR Art. 18(3)
 */
export async function refuseUntold(
  world: RightsWorld,
  { tenant, subject }: Caller,
  restriction: RestrictionId,
): Promise<void> {
  for await (const row of requestsOf(world, { tenant, subject })) {
    const { right, restrictions, liftToldAt } = factsOf(row);
    if (right !== word("restriction") || !restrictions.includes(restriction)) continue;
    if (liftToldAt === null) throw stateError(row, TOLD_FIRST);
  }
}

function refuseUnrestricted(request: Request): void {
  const { restrictions, right } = factsOf(request);
  if (restrictions.length === 0 || right !== word("restriction"))
    throw stateError(request, TOLD_FIRST);
}
