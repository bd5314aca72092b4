import type { Acting } from "#kernel";
import { draft } from "#memory";
import type { Request } from "#rights";

import type { EngineWorld } from "./world.ts";

/** Before it is shown, as with memories: else nobody could say whom a stolen credential reached. */
export async function recordRead(
  world: EngineWorld,
  { tenant, actor }: Acting,
  { id, subject, file }: Request,
): Promise<void> {
  if (subject === null || file === null) return;
  const caller = { tenant, actor, subject };
  await world.audit.record(draft(world, { caller, session: null }, "request.read", { case: id }));
}
