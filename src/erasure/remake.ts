import type { Remake } from "#audit";
import { isOubliError, word } from "#kernel";
import { derive, type Caller } from "#memory";
import { purposeOf } from "#policy";

import { SYSTEM_ACTOR, type ErasureWorld } from "./world.ts";

/**
 * Makes derived nodes anew from the sources that remain, where their function is registered.
 *
 * They are gone already when this runs: a remake that is refused (consent was withdrawn, another
 * source is gone) leaves nothing behind, and is not an error of the erasure.
 */
export async function remakeDerived(
  world: ErasureWorld,
  { subject, tenant }: Caller,
  remakes: readonly Remake[],
): Promise<void> {
  for (const { deriver, purpose, sources, session } of remakes) {
    const make = world.derivers.get(deriver);
    if (!make) continue;
    // It runs again for whoever it was made for, so it needs a role that may use the purpose.
    const roles = purposeOf(world.policy, purpose)?.roles ?? [word("app")];
    const caller = { subject, tenant, actor: { ...SYSTEM_ACTOR, roles } };
    const place = { purpose, session: session ?? world.ids.next("session") };
    try {
      await derive(world, { ...place, caller, sources, deriver, derive: make });
    } catch (error) {
      if (!isOubliError(error) || error.retryable) throw error;
    }
  }
}
