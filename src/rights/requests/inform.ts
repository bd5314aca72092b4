import { OubliError, word } from "#kernel";

import type { Spread } from "../letters/fields.ts";
import type { Letter } from "../letters/letter.ts";
import { withLetter } from "./acknowledge.ts";
import { spreadOf } from "./answer.ts";
import { recipientsOf } from "./recipients-of.ts";
import { factsOf, type Request } from "./request.ts";
import { isEnd, stateError, type RequestState } from "./states.ts";
import { note } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** In which there is something to say of who was told. */
const ANSWERED = [word("completed"), word("completed-with-exceptions")];

/**
 * Writes the letter that says who was told of what a request had done, and who was not: for a person
 * who asked that, at any time, also after the answer went out and its file is gone. The person who
 * waits for it counts as informed once nobody is left to be told.
 *
 * @throws {OubliError} `REQUEST_STATE` before it is answered; `DRAFT_INCOMPLETE` where nobody had to be
 *   told, or nobody is configured who writes.
 * @source GDPR Art. 19, second sentence
 */
export async function informOfRecipients(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  explanation?: string,
): Promise<{ readonly request: Request; readonly letter: Letter }> {
  if (!ANSWERED.includes(request.state)) throw stateError(request, ANSWERED);
  const spread = knownBy(request);
  const before = request.file?.letters ?? [];
  const letters = withLetter(world, request, "recipients", { explanation, spread });
  if (letters.length === before.length) {
    throw new OubliError("DRAFT_INCOMPLETE", { fields: [word("controller"), word("contact")] });
  }
  const open = spread.untold.length + spread.unchanged.length > 0;
  const informed = await note(world, request, actor, {
    facts: { toInform: open && factsOf(request).toInform === true },
    file: { letters },
    said: { informed: !open },
  });
  return { request: informed, letter: letters.at(-1)! };
}

function knownBy({ id, file, facts }: Request): Spread {
  const recipients = recipientsOf(factsOf({ facts }));
  const spread = spreadOf(file?.answer ?? { reached: [], systems: [] }, recipients);
  if (Object.values(spread).some((names) => names.length > 0)) return spread;
  throw new OubliError("DRAFT_INCOMPLETE", { case: id, fields: [word("told")] });
}

/** Whether a person who asked for it learns of a change to who knows by a letter of its own. */
export function isToInform({ state, file, facts }: Request): boolean {
  const { informs = false } = factsOf({ facts });
  // Until the answer is sent, its letter is written anew.
  return informs && file === null && isEnd(state as string as RequestState);
}
