import { isOubliError, OubliError, word, type SubjectId, type Word } from "#kernel";

import type { LetterFacts } from "../letters/fields.ts";
import { letterOf } from "../letters/fill.ts";
import { DEFAULT_LANGUAGE, type Language } from "../letters/language.ts";
import type { Letter, LetterName } from "../letters/letter.ts";
import { roomOf } from "../rooms.ts";
import { factsOf, type Identity, type Request } from "./request.ts";
import { refuseMissing } from "./restate.ts";
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

/** Where the configuration does not say who writes, the letter waits, and the request with it. */
export async function tryAcknowledge(
  world: RightsWorld,
  request: Request,
  acting: Acting,
): Promise<Request> {
  try {
    return await acknowledge(world, request, acting);
  } catch (error) {
    if (isOubliError(error, "DRAFT_INCOMPLETE")) return request;
    throw error;
  }
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
  more: Pick<LetterFacts, "explanation" | "outcome" | "spread" | "held"> = {},
): readonly Letter[] {
  const letters = request.file?.letters ?? [];
  const controller = policy.controller ?? null;
  if (controller === null && isUnwritten(request)) return letters;
  const language = languageOf(languages, request);
  return [...letters, letterOf(name, { request, controller, now: clock.now(), ...more }, language)];
}

/**
 * Asks before anything is done whether its answer could be written, and all of it be answered.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE` with what lacks: the controller, or the language;
 *   `REQUEST_INCOMPLETE` with what a restore lost.
 */
export function refuseUnwritable(
  { policy, letters: languages }: Pick<RightsWorld, "policy" | "letters">,
  request: Request,
): void {
  refuseMissing(request);
  if (policy.controller === undefined) {
    if (isUnwritten(request)) return;
    throw new OubliError("DRAFT_INCOMPLETE", { fields: [word("controller"), word("contact")] });
  }
  languageOf(languages, request);
}

/** Of a right that is carried out also where nobody is configured who could write. */
function isUnwritten(request: Request): boolean {
  return !roomOf(factsOf(request).right).needsProof;
}

function languageOf(languages: RightsWorld["letters"], request: Request): Language {
  const language = languages.get(factsOf(request).language ?? DEFAULT_LANGUAGE);
  // Another process received it, or it was received before the language was taken away.
  if (language === undefined) throw new OubliError("DRAFT_INCOMPLETE", { fields: [LANGUAGE] });
  return language;
}

async function heldAtOnce(world: RightsWorld, request: Request): Promise<number | undefined> {
  const { right, firstBy } = factsOf(request);
  if (firstBy === null || right !== word("access")) return undefined;
  return (await world.store.count(request.subject as SubjectId)).memory;
}
