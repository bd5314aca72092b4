import type { Word } from "#kernel";
import type { SourceFacts } from "#policy";

import type { Capabilities, Source, Tier } from "./source.ts";
import type { SourcesWorld } from "./world.ts";

/** A system that the store knows of. */
export interface KnownSource {
  readonly name: Word;
  readonly tier: Tier;
  readonly eraseAfter: readonly Word[];
  readonly processor: Word | null;
  readonly backupsEnd: string | null;
  readonly can: Capabilities;
  /** `null`: this process has not its functions. */
  readonly source: Source | null;
}

type Known = Pick<SourcesWorld, "policy" | "sources" | "region">;

/** The sources of this region's people, by name. */
export function knownSources({ policy, sources, region }: Known): readonly KnownSource[] {
  return Object.entries(policy.sources ?? {})
    .filter(([, facts]) => facts.region === null || facts.region === region)
    .map(([name, facts]) => known(name as Word, facts, sources.get(name as Word) ?? null))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** What the store keeps of a source. */
export function factsOf({ capabilities, ...source }: Source): SourceFacts {
  return {
    tier: source.tier as Word,
    eraseAfter: source.eraseAfter.toSorted(),
    region: source.region,
    processor: source.processor,
    backupsEnd: source.backupsEnd,
    can: Object.entries(capabilities)
      .filter(([, has]) => has)
      .map(([name]) => name as Word)
      .sort(),
  };
}

function known(name: Word, facts: SourceFacts, source: Source | null): KnownSource {
  const { eraseAfter, processor, backupsEnd } = facts;
  const can = (what: keyof Capabilities): boolean => facts.can.includes(what as Word);
  return {
    name,
    tier: facts.tier as string as Tier,
    eraseAfter,
    processor,
    backupsEnd,
    can: {
      export: can("export"),
      erase: can("erase"),
      anonymise: can("anonymise"),
      verify: can("verify"),
      retention: can("retention"),
      identities: can("identities"),
    },
    source,
  };
}
