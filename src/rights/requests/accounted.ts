import { advanceRequest } from "./advance.ts";
import type { Request } from "./request.ts";
import { note } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** Answers a request with the accounting that was made for it. */
export async function noteAccounted(
  world: RightsWorld,
  request: Request,
  acting: Acting,
  made: { readonly listed: number },
): Promise<Request> {
  const done = { ...request.file?.done, accounting: made };
  const noted = await note(world, request, acting.actor, { file: { done }, said: {} });
  return advanceRequest(world, noted, acting);
}
