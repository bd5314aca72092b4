import type { Notifier } from "#breach";
import type { Embedder, PlacedDeriver } from "#memory";
import type { Word } from "#kernel";

import { inputError, placedDeriver, wordError } from "./input/index.ts";
import type { OpenOptions } from "./open.ts";

export function embedderOf(given: OpenOptions["embedder"], region: string): Embedder | null {
  if (given === undefined) return null;
  return isEmbedder(given) ? given : (given[region] ?? null);
}

export function deriversOf({ derivers = {} }: OpenOptions): ReadonlyMap<string, PlacedDeriver> {
  return new Map(Object.entries(derivers).map(([name, make]) => [name, placedDeriver(make)]));
}

/** @throws {OubliError} `INPUT_INVALID` for two of one name: it says in the ledger who sent. */
export function notifiersOf({ notifiers = [] }: OpenOptions): readonly Notifier[] {
  const names = new Set(notifiers.map(({ name }) => name));
  if (names.size === notifiers.length) return notifiers;
  throw inputError(["options", "notifiers"], notifiers, "each name only once");
}

/** @throws {OubliError} `INPUT_INVALID` for what is given to a region that is not configured. */
export function refuseElsewhere(
  { embedder, packages }: OpenOptions,
  regions: readonly Word[],
): void {
  const byRegion = {
    embedder: embedder === undefined || isEmbedder(embedder) ? {} : embedder,
    packages: typeof packages === "string" ? {} : packages,
  };
  for (const [option, given = {}] of Object.entries(byRegion)) {
    const odd = Object.keys(given).find((name) => !regions.includes(name as Word));
    if (odd !== undefined) throw wordError(["options", option], odd, regions.join(" | "));
  }
}

function isEmbedder(given: NonNullable<OpenOptions["embedder"]>): given is Embedder {
  return typeof given["embed"] === "function";
}
