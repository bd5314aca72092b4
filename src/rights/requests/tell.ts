import { OubliError, word, type Word } from "#kernel";

import { answeredAgain } from "./answer.ts";
import { isToInform } from "./inform.ts";
import { factsOf, type Request } from "./request.ts";
import {
  recipientsOf,
  stillToTell,
  UNTOLD,
  untoldAs,
  withRecipients,
  type Recipient,
  type UntoldGround,
} from "./recipients-of.ts";
import { stateError } from "./states.ts";
import { note, step } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** In which somebody may be told of a request: it is proven, and was not turned down. */
const TELLING: readonly Word[] = [
  word("acknowledged"),
  word("waiting"),
  word("completed-with-exceptions"),
];

/** What became of telling somebody. */
export interface Telling {
  readonly recipients: readonly Word[];
  /** Why they were not told, and where that is reasoned; absent: they were. */
  readonly because?: UntoldGround;
  readonly document?: Word;
}

/**
 * Writes down who was told of a request, or why they were not: when and by whom stands in the ledger.
 * An answer that only waited for that is complete once nobody has to be told any more; until it is
 * sent, its letter says who knows of it by now.
 *
 * @throws {OubliError} `REQUEST_STATE` before the request is proven, or once it was turned down;
 *   `INPUT_INVALID` for a reason against somebody who was told.
 * @source GDPR Art. 19
 */
export async function tell(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  { recipients: names, because, document }: Telling,
): Promise<Request> {
  const { state } = request;
  if (!TELLING.includes(state)) throw stateError(request, TELLING);
  const before = recipientsOf(factsOf(request));
  if (because !== undefined) refuseTold(before, names);
  const now = world.clock.now();
  const recipients = withRecipients(
    before,
    ...names.map((recipient): Recipient =>
      because === undefined
        ? { recipient, toldAt: now, because: null }
        : { recipient, toldAt: null, because: because as Word & UntoldGround },
    ),
  );
  const said =
    because === undefined ? { told: names } : { notTold: names, because: because as Word };
  const more = document === undefined ? said : { ...said, document };
  if (state !== word("completed-with-exceptions")) {
    return note(world, request, actor, { facts: { recipients }, said: more });
  }
  const { exceptions, waitingFor } = settled(request, recipients);
  const toInform = isToInform(request) ? { toInform: true } : {};
  const change = {
    facts: { recipients, exceptions, waitingFor, ...toInform },
    file: { letters: answeredAgain(world, request, recipients) },
    said: { ...more, exceptions, ...toInform },
  };
  return exceptions.length === 0
    ? step(world, request, actor, { to: "completed", ...change })
    : note(world, request, actor, change);
}

/** What an answer lacks by now. */
function settled(request: Request, recipients: readonly Recipient[]) {
  const { exceptions } = factsOf(request);
  const others = exceptions.filter((one) => !UNTOLD.includes(one));
  return { exceptions: [...others, ...untoldAs(recipients)], waitingFor: stillToTell(recipients) };
}

function refuseTold(recipients: readonly Recipient[], names: readonly Word[]): void {
  const told = recipients.find(
    ({ recipient, toldAt }) => toldAt !== null && names.includes(recipient),
  );
  if (told === undefined) return;
  throw new OubliError("INPUT_INVALID", {
    field: word("recipient"),
    given: told.recipient,
    accepted: stillToTell(recipients),
  });
}
