import type { ErasureWorld } from "#erasure";
import { word, type SubjectId, type Word } from "#kernel";
import { tenantOfSource, type Identity } from "#sources";

import type { TableRule } from "./rules.ts";

const PAGE = 500;

/** Where it is asked who is on hold. */
type AskedWorld = Pick<ErasureWorld, "audit" | "keyring">;

/** A region with those that are open beside it. */
export interface RetentionWorld extends ErasureWorld {
  readonly peers: ReadonlyMap<Word, AskedWorld>;
}

/** Whom a rule passes over; or, as a code, why it waits. */
export type Held = readonly Identity[] | Word;

/**
 * Whom a table's rule must not touch. A source that serves every region has rows of people of each:
 * while one of them cannot be asked, nobody knows whom it holds, and the rule waits.
 */
export async function heldIn(world: RetentionWorld, table: TableRule | null): Promise<Held> {
  if (table === null) return [];
  const held: Identity[] = [];
  const tenant = tenantOfSource(world, table.source);
  const regions = table.region === null ? Object.keys(world.policy.regions) : [world.region];
  for (const region of regions as Word[]) {
    const peer = region === world.region ? world : world.peers.get(region);
    if (peer === undefined) return word("region-unavailable");
    held.push(...(await heldIdentities(peer, tenant)));
  }
  return table.spares || held.length === 0 ? held : word("held");
}

/** Whom a controller has on hold, as its other systems know them. */
async function heldIdentities(
  { audit, keyring }: AskedWorld,
  tenant: Word,
): Promise<readonly Identity[]> {
  const held: Identity[] = [];
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await audit.store.heldSubjects({ after, limit: PAGE });
    for (const subject of page) {
      if (((await keyring.tenantOf(subject)) ?? tenant) !== tenant) continue;
      const externalId = await keyring.externalIdOf(subject);
      if (externalId !== null) held.push({ tenant, subject, externalId, identifiers: {} });
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE) return held;
  }
}
