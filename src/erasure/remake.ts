import type { Remake } from "#audit";
import { isOubliError, word } from "#kernel";
import { derive, type Caller } from "#memory";
import { purposeOf } from "#policy";

import { SYSTEM_ACTOR, type ErasureWorld } from "./world.ts";

/**
 * Makes derived nodes anew from the sources that remain, where their function is registered.
 *
 * They are gone already when this runs: a remake that is refused (consent was withdrawn, another
 * source is gone) or that fails leaves nothing behind, and is not an error of the erasure, which is
 * done, and whose certificate is owed.
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
      await derive(world, { ...place, caller, sources, deriver, make });
    } catch (error) {
      // What an application's function threw may hold a memory's text: only that it threw is told.
      if (isOubliError(error)) continue;
      process.emitWarning("a deriver threw", { code: "OUBLI_DERIVER_THREW" });
    }
  }
}
