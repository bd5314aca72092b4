import { OubliError, word, type Word } from "#kernel";

import { lastErasure } from "../erased.ts";
import { DIRECT_MARKETING } from "../objection.ts";
import { withLetter } from "./acknowledge.ts";
import { reopenDuplicates } from "./duplicates.ts";
import { denialsOf, type DenialName, type ExtensionName } from "./reasons.ts";
import { factsOf, type Request } from "./request.ts";
import { refuseStep, stateError, stateOf } from "./states.ts";
import { step } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/**
 * Denies a request, with the reason, the article and the ways to complain in the letter.
 *
 * @throws {OubliError} `INPUT_INVALID` for a reason that the right does not know; advertising cannot
 *   be kept up against an objection on any.
 * @source GDPR Art. 12(4) · 45 CFR 164.524(d), 164.526(d)
 */
export async function deny(
  world: RightsWorld,
  request: Request,
  { actor, tenant }: Acting,
  {
    reason,
    explanation,
  }: { readonly reason: DenialName; readonly explanation?: string | undefined },
): Promise<Request> {
  refuseStep(request, "denied");
  await refuseCarriedOut(world, request);
  const { right } = factsOf(request);
  const purposes: readonly string[] = request.file?.wanted.purposes ?? [];
  const advertising = purposes.some((purpose) => DIRECT_MARKETING.includes(purpose));
  const accepted = denialsOf(right).filter(
    (name) => !(advertising && name === "compelling-grounds"),
  );
  if (!accepted.includes(reason)) {
    throw new OubliError("INPUT_INVALID", {
      field: word("reason"),
      given: reason as string as Word,
      accepted: accepted as readonly string[] as readonly Word[],
    });
  }
  const facts = { reason: reason as string as Word };
  const denied = { ...request, facts: { ...request.facts, ...facts } };
  const letters = withLetter(world, denied, "denial", { explanation });
  const ended = await step(world, request, actor, {
    to: "denied",
    facts,
    file: { letters },
    said: facts,
  });
  await reopenDuplicates(world, ended, { actor, tenant });
  return ended;
}

/**
 * Takes more time, once, while the first is not over, as far as every law in force lets it.
 *
 * @throws {OubliError} `EXTENSION_REFUSED` with the reason.
 * @source GDPR Art. 12(3) · 45 CFR 164.524(b)(2)(iii) · 11 CCR 7021(b)
 */
export async function extend(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  {
    reason,
    explanation,
  }: { readonly reason: ExtensionName; readonly explanation?: string | undefined },
): Promise<Request> {
  const state = stateOf(request);
  if (state !== "acknowledged" && state !== "waiting") {
    throw stateError(request, [word("acknowledged"), word("waiting")]);
  }
  const { extendableTo, extendedAt, answerBy, waitingFor } = factsOf(request);
  const now = world.clock.now();
  if (extendedAt !== null) throw refused(request, word("already-extended"));
  if (extendableTo === null) throw refused(request, word("no-law-allows-it"));
  if (now > answerBy) throw refused(request, word("first-term-is-over"));
  const why = reason as string as Word;
  const facts = { extendedAt: now, answerBy: extendableTo, reason: why, warned: [] };
  const extended = { ...request, facts: { ...request.facts, ...facts } };
  const letters = withLetter(world, extended, "extension", { explanation });
  const waits = state === "waiting" ? waitingFor : [word("time")];
  return step(world, request, actor, {
    to: "waiting",
    facts: { ...facts, waitingFor: waits },
    file: { letters },
    again: state === "waiting" ? now : null,
    said: { extendedTo: extendableTo, reason: why, waitingFor: waits },
  });
}

function refused(request: Request, reason: Word): OubliError {
  return new OubliError("EXTENSION_REFUSED", { case: request.id, reason });
}

/** The person takes it back. */
export async function takeBack(
  world: RightsWorld,
  request: Request,
  { actor, tenant }: Acting,
): Promise<Request> {
  refuseStep(request, "withdrawn");
  await refuseCarriedOut(world, request);
  const ended = await step(world, request, actor, { to: "withdrawn" });
  await reopenDuplicates(world, ended, { actor, tenant });
  return ended;
}

/** A person who is erased here, while another system lags behind, cannot be told that they are not. */
async function refuseCarriedOut(world: RightsWorld, request: Request): Promise<void> {
  const { state, subject } = request;
  const begun = state === word("checking") || state === word("waiting");
  if (!begun || factsOf(request).right !== word("erasure")) return;
  // Also one that was not written down here: what came behind it failed.
  const erased = await lastErasure(world, subject!);
  if (erased === null || erased["transfer"] !== undefined) return;
  throw stateError(request, [word("checking")]);
}
