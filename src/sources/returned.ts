import { word, type SubjectId, type Word } from "#kernel";

import type { Source } from "./source.ts";
import type { SourcesWorld } from "./world.ts";

/** They registered anew: what stands there under their name is there of their own will. */
export const RETURNED = word("returned");
/** A region is not open here in which they may have registered anew. */
export const REGION_UNAVAILABLE = word("region-unavailable");

/** A person who was erased. */
interface Gone {
  readonly tenant: Word;
  readonly subject: SubjectId;
  readonly externalId: string;
}

/**
 * Why a source must not be asked a second time to erase somebody; `null`: nobody bears their name.
 * Time has gone by since they were erased, and they may be here again under another id.
 */
export async function whySpared(
  { region, policy, keyring, peers }: SourcesWorld,
  source: Source,
  { tenant, subject, externalId }: Gone,
): Promise<Word | null> {
  for (const one of new Set([keyring, ...Array.from(peers.values(), (peer) => peer.keyring)])) {
    const found = await one.find(tenant, externalId);
    if (found !== null && found !== subject) return RETURNED;
  }
  const served = source.region === null ? Object.keys(policy.regions) : [];
  const open = served.every((name) => name === region || peers.has(name as Word));
  return open ? null : REGION_UNAVAILABLE;
}
