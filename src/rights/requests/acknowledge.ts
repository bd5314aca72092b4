import type { Word } from "#kernel";

import { letterOf } from "../letters/fill.ts";
import type { LetterFacts } from "../letters/fields.ts";
import type { Letter, LetterName } from "../letters/letter.ts";
import { type Identity, type Request } from "./request.ts";
import { step } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/**
 * Says that the request came, and until when it is answered.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE` where the configuration names no controller.
 * @source 11 CCR 7021(a)
 */
export function acknowledge(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  identity?: Identity,
): Promise<Request> {
  return step(world, request, actor, {
    to: "acknowledged",
    facts: {
      acknowledgedAt: world.clock.now(),
      waitingFor: [],
      ...(identity === undefined ? {} : { identity: identity as Identity & Word }),
    },
    file: { code: null, letters: withLetter(world, request, "acknowledgement") },
  });
}

/** The letters of a request with one more. */
export function withLetter(
  { policy, clock }: Pick<RightsWorld, "policy" | "clock">,
  request: Request,
  name: LetterName,
  more: Pick<LetterFacts, "explanation" | "outcome"> = {},
): readonly Letter[] {
  const controller = policy.controller ?? null;
  const letter = letterOf(name, { request, controller, now: clock.now(), ...more });
  return [...(request.file?.letters ?? []), letter];
}
