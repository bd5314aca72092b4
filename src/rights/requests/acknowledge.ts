import { OubliError, word, type SubjectId, type Word } from "#kernel";

import type { LetterFacts } from "../letters/fields.ts";
import { letterOf } from "../letters/fill.ts";
import { DEFAULT_LANGUAGE } from "../letters/language.ts";
import type { Letter, LetterName } from "../letters/letter.ts";
import { roomOf } from "../rooms.ts";
import { factsOf, type Identity, type Request } from "./request.ts";
import { step } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/**
 * Says that the request came, and until when it is answered; and, where a law wants that at once,
 * how much is held.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE` where the configuration names no controller.
 * @source 11 CCR 7021(a) · LGPD Art. 19, I
 */
export async function acknowledge(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  identity?: Identity,
): Promise<Request> {
  const held = await heldAtOnce(world, request);
  return step(world, request, actor, {
    to: "acknowledged",
    facts: {
      acknowledgedAt: factsOf(request).acknowledgedAt ?? world.clock.now(),
      waitingFor: [],
      ...(identity === undefined ? {} : { identity: identity as Identity & Word }),
    },
    file: { code: null, letters: withLetter(world, request, "acknowledgement", { held }) },
  });
}

const LANGUAGE = word("language");

/**
 * The letters of a request with one more. An opt-out and a limited use are carried out also where
 * nobody is configured who could write.
 */
export function withLetter(
  { policy, clock, letters: languages }: Pick<RightsWorld, "policy" | "clock" | "letters">,
  request: Request,
  name: LetterName,
  more: Pick<LetterFacts, "explanation" | "outcome" | "held"> = {},
): readonly Letter[] {
  const letters = request.file?.letters ?? [];
  const controller = policy.controller ?? null;
  const { right, language: tag = DEFAULT_LANGUAGE } = factsOf(request);
  if (controller === null && !roomOf(right).needsProof) return letters;
  const language = languages.get(tag);
  // Another process received it, or it was received before the language was taken away.
  if (language === undefined) throw new OubliError("DRAFT_INCOMPLETE", { fields: [LANGUAGE] });
  return [...letters, letterOf(name, { request, controller, now: clock.now(), ...more }, language)];
}

async function heldAtOnce(world: RightsWorld, request: Request): Promise<number | undefined> {
  const { right, firstBy } = factsOf(request);
  if (firstBy === null || right !== word("access")) return undefined;
  return (await world.store.count(request.subject as SubjectId)).memory;
}
