import type { SubjectId, Word } from "#kernel";

import { knownSources } from "#sources";

import { disclosed } from "./package/recipients.ts";
import type { RightsWorld } from "./requests/world.ts";

export interface Recipients {
  readonly told: readonly Word[];
  readonly untold: readonly Word[];
}

/**
 * Everybody outside who was given something of a person's, and every other system that holds people:
 * who was told of it, and who is still to be. Of an erasure the systems are told by themselves.
 *
 * @source GDPR Art. 19 (each recipient is told of a rectification, an erasure, a restriction)
 */
export async function recipientsTold(
  world: RightsWorld,
  subject: SubjectId,
  told: readonly Word[],
  { systems = true }: { readonly systems?: boolean } = {},
): Promise<Recipients> {
  const tenant = systems ? ((await world.keyring.tenantOf(subject)) as Word | null) : null;
  const names = new Set(tenant === null ? [] : knownSources(world, tenant).map(({ name }) => name));
  for await (const page of disclosed(world, subject)) {
    for (const { processor } of page) names.add(processor);
  }
  const untold = [...names].filter((name) => !told.includes(name)).toSorted();
  return { told, untold };
}
