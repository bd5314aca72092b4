import type { Word } from "#kernel";
import { everySubject } from "#keys";
import { leftUntold, type Dealings } from "#transfer";

import type { Oubli } from "../oubli.ts";
import type { EngineWorld } from "../world.ts";

/**
 * Erases those who went to another region in a tail that was given up: they are there, and a backup
 * from before they left has them here as well.
 *
 * @returns how many were erased.
 */
export async function eraseDeparted(
  world: EngineWorld,
  others: readonly Dealings[],
  oubliOf: (tenant: Word) => Oubli,
): Promise<number> {
  let erased = 0;
  for (const dealings of others) {
    if (dealings.arrived.size === 0) continue;
    for await (const subject of everySubject(world)) {
      if (!(await leftUntold(world, subject, dealings))) continue;
      const tenant = await world.keyring.tenantOf(subject);
      await (await oubliOf(tenant!).subjectById(subject)).erase();
      erased += 1;
    }
  }
  return erased;
}
