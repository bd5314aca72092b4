import assert from "node:assert/strict";

import { isOubliError, OubliError, word, type SubjectId, type Word } from "#kernel";
import type { Caller } from "#memory";

import { erasedMeanwhile, outlivesErasure } from "../erased.ts";
import { blocksOf } from "../erasure.ts";
import type { Executed, Finished } from "../right.ts";
import { roomOf } from "../rooms.ts";
import { acknowledge, refuseUnwritable } from "./acknowledge.ts";
import { answered } from "./answer.ts";
import { askedSaid } from "./opening.ts";
import { factsOf, type Answer, type Request, type Wanted } from "./request.ts";
import { recipientsOf, stillToTell, withRecipients } from "./recipients-of.ts";
import { restated, withSaid } from "./restate.ts";
import { isOver, refuseStep, stateError } from "./states.ts";
import { step } from "./step.ts";
import { tell } from "./tell.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** What whoever advances a request adds to it. */
export interface Added {
  readonly wanted?: Wanted;
  /** Further names by which other systems know the person. */
  readonly identifiers?: Readonly<Record<string, string>>;
  /** In the person's own words; for whoever answers. */
  readonly details?: string;
  /** Recipients that were told, by the names of the configuration. */
  readonly told?: readonly Word[];
  /** A paragraph of the letter. */
  readonly explanation?: string;
}

/**
 * Takes a request as far as it goes: acknowledged, checked, carried out, answered. What it waits for
 * is in its facts; the same call goes on from there.
 *
 * @throws {OubliError} `REQUEST_STATE` for one that waits for proof, or is over; `DRAFT_INCOMPLETE`
 *   and `REQUEST_INCOMPLETE` before anything is done; `CONFLICT` when another process is at it.
 */
export async function advanceRequest(
  world: RightsWorld,
  from: Request,
  acting: Acting,
  added: Added = {},
): Promise<Request> {
  const request = isOver(from) ? from : await restated(world, from, acting, added);
  if (request.state === word("received")) {
    refuseUnproven(request);
    return acknowledge(world, request, acting);
  }
  if (request.state === word("completed-with-exceptions") && added.told !== undefined) {
    return tell(world, request, acting, { recipients: added.told });
  }
  refuseUnwritable(world, request);
  if (request.state === word("executing")) return carryOut(world, request, acting, added);
  const checking =
    request.state === word("checking") ? request : await check(world, request, acting, added);
  const subject = subjectOf(request);
  const blocks = await preChecks(world, checking, { ...acting, subject });
  if (blocks.length > 0) {
    const waitingFor = blocks.map(({ code }) => code);
    return step(world, checking, acting.actor, {
      to: "waiting",
      facts: { waitingFor },
      said: {
        blocks: blocks.map(({ check, code, ground, until }) => ({ check, code, ground, until })),
      },
    });
  }
  const executing = await step(world, checking, acting.actor, { to: "executing" });
  return carryOut(world, executing, acting, added);
}

function check(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  { told = [], ...added }: Added,
): Promise<Request> {
  refuseStep(request, "checking");
  const { file } = request;
  return step(world, request, actor, {
    to: "checking",
    facts: { ...toldBy(world, request, told), waitingFor: [] },
    said: { ...askedSaid(added), ...(told.length === 0 ? {} : { told }) },
    file: file ? withSaid(file, added) : {},
  });
}

function toldBy({ clock }: RightsWorld, request: Request, told: readonly Word[]) {
  const toldAt = clock.now();
  const now = told.map((recipient) => ({ recipient, toldAt, because: null }));
  return { recipients: withRecipients(recipientsOf(factsOf(request)), ...now) };
}

/** Carries the right out, and writes the answer; or says what it waits for. */
async function carryOut(
  world: RightsWorld,
  request: Request,
  acting: Acting,
  { explanation }: Added,
): Promise<Request> {
  const { actor, tenant } = acting;
  const subject = subjectOf(request);
  const executed = await execute(world, { tenant, actor, subject }, request);
  const file = { done: { ...request.file?.done, ...executed.done } };
  if (executed.status === "waiting") {
    const { erasure } = executed.done;
    return step(world, request, actor, {
      to: "waiting",
      facts: { waitingFor: executed.for },
      file,
      again: executed.again,
      said: { waitingFor: executed.for, ...(erasure === undefined ? {} : { erasure }) },
    });
  }
  return answer(
    world,
    { ...request, file: { ...request.file!, ...file } },
    acting,
    executed,
    explanation,
  );
}

/**
 * What cannot be done by asking again gives way to the officer: it waits under the error's name, and
 * may be denied or taken back. Whoever called meets the error.
 */
async function execute(world: RightsWorld, caller: Caller, request: Request): Promise<Executed> {
  const { right } = factsOf(request);
  try {
    const gone = outlivesErasure(right) ? null : await erasedMeanwhile(world, request);
    return gone ?? (await roomOf(right).execute(world, caller, request));
  } catch (error) {
    if (isOubliError(error) && error.retryable) throw error;
    const waitingFor = [isOubliError(error) ? codeOf(error) : word("failed")];
    const facts = { to: "waiting", facts: { waitingFor }, said: { waitingFor } } as const;
    // Its own failure tells less than the first: another process went on, or the store is gone.
    await step(world, request, caller.actor, facts).catch(() => null);
    throw error;
  }
}

const codeOf = ({ code }: OubliError): Word => code.toLowerCase().replaceAll("_", "-") as Word;

function answer(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  { outcome, exceptions, recipients: { all: recipients, ...told }, counts, restrictions }: Finished,
  explanation: string | undefined,
): Promise<Request> {
  const said: Answer = { outcome, ...told, explanation: explanation ?? null };
  const letters = answered(world, request, said, recipients);
  const untold = stillToTell(recipients);
  return step(world, request, actor, {
    to: exceptions.length === 0 ? "completed" : "completed-with-exceptions",
    facts: {
      exceptions,
      recipients,
      waitingFor: untold,
      counts,
      restrictions,
    },
    file: { ...request.file!, letters, answer: said },
    // What a restore could not know otherwise: see `rereadRequest`.
    said: {
      counts,
      exceptions,
      ...(untold.length === 0 ? {} : { untold }),
      ...(restrictions.length === 0 ? {} : { restrictions }),
    },
  });
}

function subjectOf(request: Request): SubjectId {
  assert(request.subject !== null, "nobody is acknowledged who is not known");
  return request.subject;
}

/** Nothing is done for somebody who is not known, nor before they have shown who they are. */
function refuseUnproven(request: Request): void {
  if (request.subject !== null && factsOf(request).identity !== word("unproven")) return;
  throw stateError(request, [word("identity-pending"), word("denied"), word("withdrawn")]);
}

function preChecks(
  world: RightsWorld,
  request: Request,
  caller: Acting & { readonly subject: SubjectId },
) {
  return factsOf(request).right === word("erasure") ? blocksOf(world, caller, request) : [];
}
