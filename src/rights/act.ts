import { admit, untilUnmoved, type Caller } from "#memory";
import type { Permit, Verb } from "#policy";

import type { RightsWorld } from "./requests/world.ts";

/** Leave, then the act; again when the person's gate moved between. */
export function act<V extends Verb, Done>(
  world: RightsWorld,
  caller: Caller,
  verb: V,
  run: (permit: Permit<V>) => Promise<Done | "stale">,
  purpose: string | null = null,
): Promise<Done> {
  return untilUnmoved<Done>(async () => {
    const { permit } = await admit(world, { verb, caller, purpose, session: null });
    return run(permit);
  });
}
