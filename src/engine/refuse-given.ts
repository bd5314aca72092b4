import { givenBreachLanguages } from "#breach";
import { OubliError, systemClock, word, type Clock, type Word } from "#kernel";
import type { OubliConfig } from "#policy";
import { tableRules } from "#retention";
import { givenLanguages } from "#rights";

import { deriversOf, embedderOf, notifiersOf, refuseElsewhere } from "./given-options.ts";
import { givenSources, inRegion, refuseBroken } from "./given-sources.ts";
import { check, shapes } from "./input/index.ts";
import type { OpenOptions } from "./open.ts";
import { refuseUnregistered } from "./registered.ts";

/**
 * Refuses what opening would refuse, before anything of a store is made for it. Each source is
 * asked once, whatever the number of regions.
 *
 * @param only.region Looks at the sources of one region alone.
 * @param only.adopts Whether a store is there whose own policy will hold: what rests on the policy
 *   is refused once that is read.
 * @param only.unsound Lets by a source whose declaration is wrong: for who only looks, at just that.
 * @throws {OubliError} `CONFIG_INVALID`, `INPUT_INVALID`
 */
export async function refuseGiven(
  { policy, regions }: OubliConfig,
  options: OpenOptions,
  {
    region,
    adopts = false,
    unsound = false,
  }: { readonly region?: string; readonly adopts?: boolean; readonly unsound?: boolean } = {},
): Promise<void> {
  // A clock or an embedder may be an object of a class.
  check(shapes.open, options, "options", { depth: 1 });
  const { clock = systemClock } = options;
  refuseUnset(clock);
  const names = Object.keys(regions) as Word[];
  refuseElsewhere(options, names);
  notifiersOf(options);
  givenLanguages(options.letters);
  givenBreachLanguages(options.letters);
  const all = givenSources(options.sources, policy) ?? new Map();
  const sources = region === undefined ? all : inRegion(all, region as Word);
  if (!adopts) {
    const derivers = deriversOf(options);
    for (const name of names) {
      refuseUnregistered(policy, { embedder: embedderOf(options.embedder, name), derivers });
    }
    tableRules(policy, sources, clock.now());
  }
  if (!unsound) await refuseBroken(sources);
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
