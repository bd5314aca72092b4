import { DEFAULT_TENANT, type Word } from "#kernel";
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

/** The controller whose people a source holds. */
export function tenantOfSource({ policy }: Pick<Known, "policy">, name: Word): Word {
  return policy.sources?.[name]?.tenant ?? DEFAULT_TENANT;
}

/** A source of a controller's that this process has the functions of. */
export function sourceOf(
  world: Pick<Known, "policy" | "sources">,
  tenant: Word,
  name: Word,
): Source | undefined {
  return tenantOfSource(world, name) === tenant ? world.sources.get(name) : undefined;
}

/** The sources of a controller's people in this region, by name. */
export function knownSources(
  { policy, sources, region }: Known,
  tenant: Word,
): readonly KnownSource[] {
  return Object.entries(policy.sources ?? {})
    .filter(([name]) => tenantOfSource({ policy }, name as Word) === tenant)
    .filter(([, facts]) => facts.region === null || facts.region === region)
    .map(([name, facts]) => known(name as Word, facts, sources.get(name as Word) ?? null))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/**
 * What the store keeps of a source.
 *
 * @param opened The controller that Oubli was opened with.
 */
export function factsOf(
  { capabilities, ...source }: Source,
  opened: Word = DEFAULT_TENANT,
): SourceFacts {
  const tenant = source.tenant ?? opened;
  return {
    ...(tenant === DEFAULT_TENANT ? {} : { tenant }),
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
