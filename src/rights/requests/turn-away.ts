import type { CaseFacts } from "#cases";
import type { Actor, Word } from "#kernel";

import { withLetter } from "./acknowledge.ts";
import type { DenialName } from "./reasons.ts";
import type { Request, RequestFile } from "./request.ts";
import { step } from "./step.ts";
import type { RightsWorld } from "./world.ts";

/**
 * Denies a request of whoever could not show who they are, without anybody's doing. The letter says
 * why; where the configuration does not say who writes, there is none.
 *
 * @source GDPR Art. 12(4)
 */
export function turnAway(
  world: RightsWorld,
  request: Request,
  actor: Actor,
  why: DenialName,
  {
    file = {},
    said = {},
  }: { readonly file?: Partial<RequestFile>; readonly said?: CaseFacts } = {},
): Promise<Request> {
  const facts = { reason: why as string as Word };
  const denied = { ...request, facts: { ...request.facts, ...facts } };
  const written = world.policy.controller !== undefined;
  return step(world, request, actor, {
    to: "denied",
    facts,
    file: { ...file, ...(written ? { letters: withLetter(world, denied, "denial") } : {}) },
    said: { ...facts, ...said },
  });
}
