import type { Word } from "#kernel";

import { knownSources } from "./known.ts";
import type { SourcesWorld } from "./world.ts";

/** A name that an erasure has to be given with, and the system that finds nobody without it. */
export interface Need {
  readonly source: Word;
  /** Its kind, such as `email`. */
  readonly identifier: Word;
}

/** What the sources of a controller need beside the external id, as far as they are here. */
export function needsOf(world: SourcesWorld, tenant: Word): readonly Need[] {
  return knownSources(world, tenant)
    .filter(({ can }) => can.erase || can.anonymise)
    .flatMap(({ name, source }) =>
      (source?.identifiers ?? []).map((one) => ({ source: name, identifier: one as Word })),
    );
}
