import { allDisclosures } from "#egress";
import type { SubjectId, Word } from "#kernel";
import { knownSources } from "#sources";

import { recipientsOf, withRecipients, type Recipient } from "./requests/recipients-of.ts";
import { factsOf, type Request } from "./requests/request.ts";
import type { RightsWorld } from "./requests/world.ts";

export interface Recipients {
  /** Who has to know of it, and what became of telling them. */
  readonly all: readonly Recipient[];
  /** Those that the act itself told. */
  readonly reached: readonly Word[];
  /** Which of them are other systems that nothing was given to. */
  readonly systems: readonly Word[];
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
  const tenant = systems ? await world.keyring.tenantOf(subject) : null;
  const known = new Set(tenant === null ? [] : knownSources(world, tenant).map(({ name }) => name));
  const given = new Set<Word>();
  for await (const page of allDisclosures(world.audit.store, subject)) {
    for (const { processor } of page) given.add(processor);
  }
  const before = recipientsOf(factsOf(request)).filter(
    ({ recipient }) => !reached.includes(recipient),
  );
  const settled = new Set([...before.map(({ recipient }) => recipient), ...reached]);
  const untold = [...known.union(given)].filter((name) => !settled.has(name)).toSorted();
  const open = untold.map((recipient) => ({ recipient, toldAt: null, because: null }));
  return { all: withRecipients(before, ...open), reached, systems: [...known.difference(given)] };
}
