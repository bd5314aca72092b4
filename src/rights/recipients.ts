import { allDisclosures } from "#egress";
import type { SubjectId, Word } from "#kernel";
import { knownSources } from "#sources";

import { recipientsOf, withRecipients, type Recipient } from "./requests/recipients-of.ts";
import { factsOf, type Request } from "./requests/request.ts";
import type { RightsWorld } from "./requests/world.ts";

export interface Recipients {
  readonly all: readonly Recipient[];
  /** Those that the act itself told. */
  readonly reached: readonly Word[];
}

/**
 * Everybody outside who was given something of a person's, and every other system that holds people:
 * who was told of it, who need not be, and who is still to be. Of an erasure the systems are told by
 * themselves.
 *
 * @source GDPR Art. 19 (each recipient is told of a rectification, an erasure, a restriction)
 */
export async function recipientsTold(
  world: RightsWorld,
  subject: SubjectId,
  request: Request,
  {
    systems = true,
    reached = [],
  }: { readonly systems?: boolean; readonly reached?: readonly Word[] } = {},
): Promise<Recipients> {
  const tenant = systems ? ((await world.keyring.tenantOf(subject)) as Word | null) : null;
  const names = new Set(tenant === null ? [] : knownSources(world, tenant).map(({ name }) => name));
  for await (const page of allDisclosures(world.audit.store, subject)) {
    for (const { processor } of page) names.add(processor);
  }
  const before = recipientsOf(factsOf(request)).filter(
    ({ recipient }) => !reached.includes(recipient),
  );
  const known = new Set([...before.map(({ recipient }) => recipient), ...reached]);
  const untold = [...names].filter((name) => !known.has(name)).toSorted();
  const open = untold.map((recipient) => ({ recipient, toldAt: null, because: null }));
  return { all: withRecipients(before, ...open), reached };
}
