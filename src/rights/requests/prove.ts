import { OubliError } from "#kernel";

import { acknowledge } from "./acknowledge.ts";
import { reopenDuplicates } from "./duplicates.ts";
import { CODE_ATTEMPTS_MAX, CODES_MAX, isCode } from "./one-time-code.ts";
import { askForProof, type Received } from "./receive.ts";
import type { Request } from "./request.ts";
import { refuseStep } from "./states.ts";
import { step } from "./step.ts";
import { turnAway } from "./turn-away.ts";
import type { Acting, RightsWorld } from "./world.ts";

/**
 * Takes the one-time code that the person was given.
 *
 * Why guesses do not multiply: each try is a step of the case, so of two at once one is turned away
 * unread; tries are counted over all codes of the request; and after the last the request is denied.
 *
 * @throws {OubliError} `IDENTITY_REFUSED` with the tries that are left.
 */
export async function prove(
  world: RightsWorld,
  request: Request,
  { actor, tenant }: Acting,
  given: string,
): Promise<Request> {
  refuseStep(request, "identity-pending");
  const code = request.file?.code ?? null;
  if (code === null) throw new OubliError("IDENTITY_REFUSED", { case: request.id, left: 0 });
  if (isCode(given, code, world.clock.now())) {
    return acknowledge(world, request, { actor, tenant }, "code");
  }
  const attempts = code.attempts + 1;
  const left = CODE_ATTEMPTS_MAX - attempts;
  const file = { code: { ...code, attempts } };
  const tried = { file, said: { attempts } };
  if (left > 0) await step(world, request, actor, { to: "identity-pending", ...tried });
  else {
    const denied = await turnAway(world, request, actor, "insufficient-verification", tried);
    await reopenDuplicates(world, denied, { actor, tenant });
  }
  throw new OubliError("IDENTITY_REFUSED", { case: request.id, left });
}

/**
 * A further code, for one that was lost. The tries go on from where they were.
 *
 * @throws {OubliError} `IDENTITY_REFUSED` once the request has had three.
 */
export async function anotherCode(
  world: RightsWorld,
  request: Request,
  acting: Acting,
): Promise<Received> {
  refuseStep(request, "identity-pending");
  if (request.subject === null)
    throw new OubliError("IDENTITY_REFUSED", { case: request.id, left: 0 });
  const { issued = 0, attempts = 0 } = request.file?.code ?? {};
  if (issued >= CODES_MAX) {
    throw new OubliError("IDENTITY_REFUSED", {
      case: request.id,
      left: CODE_ATTEMPTS_MAX - attempts,
    });
  }
  return askForProof(world, request, acting);
}
