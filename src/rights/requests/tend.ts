import { claimCases, releaseCase, removeEnded } from "#cases";
import { SYSTEM_ACTOR, isOubliError, word } from "#kernel";

import { MOVED, outlivesErasure } from "../erased.ts";
import { roomOf } from "../rooms.ts";
import { advanceRequest } from "./advance.ts";
import { warnings } from "./clocks.ts";
import { closeRequest } from "./close.ts";
import { isStillNeeded } from "./duplicates.ts";
import { factsOf, type Request, type RequestFile } from "./request.ts";
import { isOver } from "./states.ts";
import { note } from "./step.ts";
import type { RightsWorld } from "./world.ts";

/** What tending did. Counts only. */
export interface Tended {
  /** Warnings at 50 % and 80 % of a request's time, and when it was over. */
  readonly warned: number;
  /** Requests that went on by themselves: other systems are done, a process had died. */
  readonly advanced: number;
  /** Answers whose time to be sent is over: their files are destroyed. */
  readonly closed: number;
  /** Rows of the log whose time is over. */
  readonly removed: number;
  /** Requests that stopped at an error of their own; each waits for the officer, or is tried again. */
  readonly failed: number;
}

const CLAIMED_AT_ONCE = 16;

/**
 * Does what is due of every request: warns, goes on with those that wait for nobody any more, and
 * ends those that are answered. A lease keeps two processes from doing the same.
 */
export async function tendRequests(world: RightsWorld): Promise<Tended> {
  let [warned, advanced, closed, failed] = [0, 0, 0, 0];
  for (;;) {
    const claimed = await claimCases<RequestFile>(world, ["request"], CLAIMED_AT_ONCE);
    for (const request of claimed) {
      try {
        const did = await tendOne(world, request);
        warned += did.warned;
        advanced += did.advanced ? 1 : 0;
        closed += did.closed ? 1 : 0;
      } catch (error) {
        // Another process took it on meanwhile; or it needs somebody, who will meet the same error.
        // Whatever it is, it is this request's alone: nobody else's waits for it.
        if (!isOubliError(error)) failed += 1;
      }
    }
    if (claimed.length < CLAIMED_AT_ONCE) break;
  }
  const removed = await removeEnded(world, { actor: SYSTEM_ACTOR, kinds: ["request"] });
  return { warned, advanced, closed, removed, failed };
}

interface TendedOne {
  readonly warned: number;
  readonly advanced: boolean;
  readonly closed: boolean;
}

async function tendOne(world: RightsWorld, claimed: Request): Promise<TendedOne> {
  const acting = { tenant: claimed.tenant, actor: SYSTEM_ACTOR };
  if (isOver(claimed)) {
    if (await isStillNeeded(world, claimed, acting)) {
      await releaseCase(world, claimed.id);
      return { warned: 0, advanced: false, closed: false };
    }
    await closeRequest(world, claimed, acting);
    return { warned: 0, advanced: false, closed: true };
  }
  const request = await warn(world, claimed);
  const advanced = await goesOn(world, request);
  if (advanced) await advanceRequest(world, request, acting);
  // What waits keeps its lease: it is looked at again once that is over.
  const lasting = request.state === word("waiting") && !advanced;
  if (!lasting) await releaseCase(world, request.id);
  return { warned: request.step - claimed.step, advanced, closed: false };
}

/** One entry for each share of the time that is gone. @source A6: warnings at 50 % and 80 % */
async function warn(world: RightsWorld, claimed: Request): Promise<Request> {
  let request = claimed;
  const { receivedAt, answerBy } = factsOf(claimed);
  for (const { share, at } of warnings(receivedAt, answerBy)) {
    const { warned } = factsOf(request);
    if (warned.includes(share) || at > world.clock.now()) continue;
    const facts = { warned: [...warned, share] };
    const said = { warning: share, answerBy };
    request = await note(world, request, SYSTEM_ACTOR, { facts, said });
  }
  return request;
}

/** Whether nobody's doing is needed: a process died over it, or what it waited for is done. */
async function goesOn(world: RightsWorld, request: Request): Promise<boolean> {
  const { state, subject, tenant } = request;
  const { right, waitingFor, missing = [] } = factsOf(request);
  if (subject === null || missing.length > 0) return false;
  if (state === word("checking") || state === word("executing")) return true;
  if (state !== word("waiting")) return false;
  // Somebody who was erased meanwhile is told so; nothing that it waits for will come.
  if (!outlivesErasure(right) && !waitingFor.includes(MOVED)) {
    if ((await world.facts.read(subject)).facts.erased) return true;
  }
  const room = roomOf(right);
  const caller = { tenant, actor: SYSTEM_ACTOR, subject };
  return (await room.isReady?.(world, caller, request)) ?? false;
}
