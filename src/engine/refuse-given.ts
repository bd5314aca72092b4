import { OubliError, word, type Clock, type Word } from "#kernel";
import type { OubliConfig } from "#policy";
import { tableRules } from "#retention";
import type { Source } from "#sources";

import { givenSources, inRegion, refuseBroken } from "./given-sources.ts";

/**
 * Refuses what opening would refuse, before anything of a store is made for it.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export async function refuseGiven(
  { policy }: OubliConfig,
  region: string,
  { sources, clock }: { readonly sources?: readonly Source[]; readonly clock: Clock },
): Promise<void> {
  const given = inRegion(givenSources(sources, policy) ?? new Map(), region as Word);
  await refuseBroken(given);
  tableRules(policy, given, clock.now());
}

/**
 * Before 1970 no time of ours can be written, and a policy's own would be refused for it.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function refuseUnset(clock: Clock): void {
  if (clock.now() >= 0) return;
  throw new OubliError("CONFIG_INVALID", {
    field: word("clock"),
    given: "a moment before 1970" as Word,
    accepted: "the time it is: set this machine's clock" as Word,
  });
}
